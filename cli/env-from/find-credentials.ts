// Finds credentials that containers get from ConfigMaps and Secrets with `envFrom`, by the names of keys.
//
// The webhook cannot see these variables. Here they are added to the pod, by name only, and the webhook's own
// logic judges them.

import { describeFinding, type Finding } from '../../lib/annotations/findings.ts';
import { isObject } from '../../lib/common/json.ts';
import type { AdmittedPod } from '../preview/admission.ts';
import type { Manifest } from '../preview/manifest-reader.ts';
import type { CredentialNames } from './credential-names.ts';
import { type KeySource, nameOfSource } from './object-keys.ts';

/** A credential that SDKs prefer to the identity, and the object that sets it. */
export interface CredentialFromObject {
  readonly finding: Finding;
  /** Such as `ConfigMap shop/legacy`. */
  readonly origin: string;
}

export const ENV_FROM_REMEDY =
  'remove the key from the object, or the object from envFrom of the container; then create the pod again';

/** Reads the names of the keys of an object, or remembers that it is not read. */
export interface KeyReader {
  keysOf(source: KeySource): Promise<readonly string[]>;
}

interface EnvFromSource {
  readonly prefix?: string;
  readonly configMapRef?: { readonly name?: string } | null;
  readonly secretRef?: { readonly name?: string } | null;
}

interface Container {
  readonly env?: readonly { readonly name: string }[] | null;
  readonly envFrom?: readonly EnvFromSource[] | null;
}

interface Spec {
  readonly initContainers?: readonly Container[] | null;
  readonly containers?: readonly Container[] | null;
}

/**
 * @param admitAgain the same admission of another form of the pod.
 * @returns the findings that the pod has only with these variables.
 */
export async function credentialsFromObjects(
  pod: AdmittedPod,
  names: CredentialNames,
  keys: KeyReader,
  admitAgain: (manifest: Manifest) => Promise<AdmittedPod>,
): Promise<readonly CredentialFromObject[]> {
  const { before, verdict } = pod;
  const spec = specOf(before);
  if (verdict.kind === 'skipped' || !containersOf(spec).some(({ envFrom }) => envFrom?.length)) return [];
  const origins = new Map<string, Set<string>>();
  const extend = async (container: Container): Promise<Container> => {
    const set = new Set((container.env ?? []).map(({ name }) => name));
    const env = new Map<string, { readonly name: string; readonly value: string }>();
    for (const { prefix = '', ...from } of container.envFrom ?? []) {
      const source = sourceOf(from, before.metadata.namespace ?? '');
      for (const key of source ? await keys.keysOf(source) : []) {
        const name = `${prefix}${key}`;
        // A variable in `env` wins over those of `envFrom`.
        if (!source || set.has(name) || !names.isCredential(name)) continue;
        env.set(name, { name, value: 'from envFrom' });
        origins.set(name, (origins.get(name) ?? new Set()).add(nameOfSource(source)));
      }
    }
    return env.size === 0 ? container : { ...container, env: [...(container.env ?? []), ...env.values()] };
  };
  const extendAll = (list: Spec['containers']) => Promise.all((list ?? []).map(extend));
  const [initContainers, containers] = [await extendAll(spec.initContainers), await extendAll(spec.containers)];
  if (origins.size === 0) return [];
  const again = await admitAgain({ ...before, spec: { ...spec, initContainers, containers } });
  const known = new Set(verdict.findings.map(describeFinding));
  const all = again.verdict.kind === 'skipped' ? [] : again.verdict.findings;
  return all
    .filter((finding) => !known.has(describeFinding(finding)))
    .map((finding) => ({ finding, origin: [...(origins.get(finding.key) ?? sourcesIn(origins))].join(' and ') }));
}

/** For a finding about several variables, of which `env` sets the first. */
function sourcesIn(origins: ReadonlyMap<string, ReadonlySet<string>>): ReadonlySet<string> {
  return new Set([...origins.values()].flatMap((sources) => [...sources]));
}

function specOf({ spec }: Manifest): Spec {
  return isObject(spec) ? (spec as Spec) : {};
}

function containersOf({ initContainers, containers }: Spec): readonly Container[] {
  return [...(initContainers ?? []), ...(containers ?? [])];
}

function sourceOf({ configMapRef, secretRef }: EnvFromSource, namespace: string): KeySource | undefined {
  if (configMapRef?.name) return { kind: 'ConfigMap', namespace, name: configMapRef.name };
  return secretRef?.name ? { kind: 'Secret', namespace, name: secretRef.name } : undefined;
}
