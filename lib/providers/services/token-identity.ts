// One token as an identity: its volume, the variables of containers, and an optional file.

import type { Finding } from '../../annotations/findings.ts';
import type { ProviderPlan, Volume, VolumeMount } from '../plan.ts';
import type { EvaluationInput, ProviderInfo, ProviderOutcome } from '../provider.ts';
import type { Toolbox } from '../toolbox.ts';

/** The paths in a container. */
export interface Paths {
  readonly token: string;
  readonly file: string;
}

/** A file that the kubelet projects from an annotation of the pod. */
export interface PlannedFile {
  /** The annotation with the content. */
  readonly key: string;
  readonly name: string;
  readonly content: (paths: Paths) => string;
}

export interface TokenIdentity {
  readonly audience: string;
  readonly expirationSeconds: number;
  /** The names of all variables. */
  readonly names: readonly string[];
  readonly variables: (paths: Paths) => Pick<ProviderPlan, 'identity' | 'extras'>;
  /** The name of the variable that names the token or the file. */
  readonly fileVariable: string | undefined;
  readonly principal: string | undefined;
  readonly file: PlannedFile | undefined;
  readonly staticKeys: readonly string[];
  readonly examine: ProviderPlan['examine'];
  readonly findings: readonly Finding[];
}

/** The directory and the end of the volume's name of a service's file. */
export const FILE_SUFFIX = '-file';

export function injectToken(
  { id }: Pick<ProviderInfo, 'id'>,
  { settings: { mountRoot } }: Pick<EvaluationInput, 'settings'>,
  token: TokenIdentity,
  { containerPath, projectToken }: Toolbox,
): ProviderOutcome {
  return {
    kind: 'inject',
    variables: token.names,
    planFor({ windows }) {
      const projected = projectToken(id, mountRoot, windows, token);
      const directory = `${mountRoot}/${id}${FILE_SUFFIX}`;
      const paths = {
        token: projected.path,
        file: token.file ? containerPath(`${directory}/${token.file.name}`, windows) : '',
      };
      const { identity, extras } = token.variables(paths);
      const fileVariable = identity.find(({ name }) => name === token.fileVariable);
      const file = token.file && projectFile(`cwii-${id}${FILE_SUFFIX}`, directory, token.file);
      return {
        provider: id,
        volumes: [projected.volume, ...(file ? [file.volume] : [])],
        mounts: [projected.mount, ...(file ? [file.mount] : [])],
        ...(fileVariable && { fileVariable }),
        identity,
        ...(token.principal !== undefined && { principal: token.principal }),
        extras,
        staticKeys: token.staticKeys,
        examine: token.examine,
        ownContainers: [],
        annotations: token.file ? { [token.file.key]: token.file.content(paths) } : {},
        findings: { identityKept: 'service-identity-kept' },
      };
    },
    findings: token.findings,
  };
}

function projectFile(
  volume: string,
  mountPath: string,
  { key, name }: PlannedFile,
): { readonly volume: Volume; readonly mount: VolumeMount } {
  const fieldRef = { apiVersion: 'v1', fieldPath: `metadata.annotations['${key}']` };
  return {
    volume: { name: volume, downwardAPI: { items: [{ path: name, fieldRef }] } },
    mount: { name: volume, mountPath, readOnly: true },
  };
}

/** The first variable that a provider before this one also sets in the pod, and the name of that provider. */
export function findTaken(
  names: readonly string[],
  { evaluated }: Pick<EvaluationInput, 'evaluated'>,
): { readonly variable: string; readonly other: string } | undefined {
  for (const { provider, outcome } of evaluated) {
    if (outcome.kind !== 'inject') continue;
    const variables = outcome.variables ?? [...provider.identityVariables, ...provider.furtherVariables];
    const variable = names.find((name) => variables.includes(name));
    if (variable !== undefined) return { variable, other: provider.cloud };
  }
  return undefined;
}
