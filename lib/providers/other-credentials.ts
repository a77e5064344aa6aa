// Finds credentials in a container's variables that SDKs use in place of the injected identity.

import { type Finding, findingOf } from '../annotations/findings.ts';
import { isObject } from '../common/json.ts';
import type { VariableView } from '../kubernetes/review.ts';
import { type EnvVar, type IdentityHolder, isSet, type ProviderPlan } from './plan.ts';

/** A credential that a container can set, and what the SDKs do with it beside the injected identity. */
export interface OtherCredential {
  /** It counts only if the container sets all of them. The finding names the first one. */
  readonly variables: readonly string[];
  /** The credential and the SDKs that prefer it; the message continues with `to the injected identity`. */
  readonly what: string;
  /** The message for an empty value. Without it, every SDK ignores an empty value. */
  readonly empty?: string;
  /** The code for credentials that every SDK prefers. */
  readonly code?: 'aws-static-keys' | 'az-static-keys' | 'gcp-static-keys' | 'other-credential';
  /** Values that change nothing, in lower case. */
  readonly harmless?: readonly string[];
}

export const STATIC_KEYS = 'static keys, which the SDKs prefer';

/** The check of a plan for these credentials. A variable from `envFrom` cannot be seen. */
export function checkOtherCredentials(credentials: readonly OtherCredential[]): ProviderPlan['examine'] {
  return (containers, pod) =>
    containers.flatMap((container) =>
      credentials
        .filter(({ variables }) => variables.every((name) => container.variables.has(name)))
        .flatMap((credential) => findCredential(container, credential, pod) ?? []),
    );
}

function findCredential(
  { name: container, variables }: IdentityHolder,
  { variables: names, what, empty, code = 'other-credential', harmless = [] }: OtherCredential,
  object: string,
): Finding | undefined {
  const found = names.flatMap((name) => variables.get(name) ?? []);
  const [first] = found;
  if (!first || (first.value && harmless.includes(first.value.trim().toLowerCase()))) return undefined;
  const place = { key: first.name, scope: 'pod', object } as const;
  if (found.every(isSet))
    return findingOf(code, place, { container, what: `${what} to the injected identity`, may: found.some(isOptional) });
  return empty ? findingOf('other-credential', place, { container, what: empty }) : undefined;
}

/** Whether the variable is missing if its Secret or ConfigMap does not exist. */
function isOptional({ valueFrom }: VariableView | EnvVar): boolean {
  const source = valueFrom?.['secretKeyRef'] ?? valueFrom?.['configMapKeyRef'];
  return isObject(source) && source['optional'] === true;
}
