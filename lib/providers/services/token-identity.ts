// One token as an identity: its volume, the variables of containers, and an optional file.

import type { Finding } from '../../annotations/findings.ts';
import type { OtherCredential } from '../other-credentials.ts';
import type { EnvVar, Volume, VolumeMount } from '../plan.ts';
import type { EvaluationInput, Provider, ProviderInfo, ProviderOutcome } from '../provider.ts';
import type { Toolbox } from '../toolbox.ts';

/** A provider that is made from data. */
export interface ServiceProvider extends Provider {
  /** The variables that it sets for these annotations. */
  readonly plans: (input: EvaluationInput) => readonly string[];
}

/** The paths in a container. */
export interface Paths {
  readonly token: string;
  readonly file: string;
}

/** A variable whose value may contain a path. */
export interface PathVariable {
  readonly name: string;
  readonly value: (paths: Paths) => string;
}

/** A file that the kubelet projects from an annotation of the pod. */
export interface ProjectedFile {
  /** The annotation with the content. */
  readonly key: string;
  readonly name: string;
  readonly content: (paths: Paths) => string;
}

export interface TokenIdentity {
  readonly audience: string;
  readonly expirationSeconds: number;
  readonly identity: readonly PathVariable[];
  readonly extras: readonly PathVariable[];
  /** The name of the variable that names the token or the file. */
  readonly fileVariable: string | undefined;
  readonly principal: string | undefined;
  readonly file: ProjectedFile | undefined;
  readonly otherCredentials: readonly OtherCredential[];
  readonly findings: readonly Finding[];
}

/** The directory and the end of the volume's name of a service's file. */
export const FILE_SUFFIX = '-file';

export function injectToken(
  { id }: Pick<ProviderInfo, 'id'>,
  { settings }: Pick<EvaluationInput, 'settings'>,
  token: TokenIdentity,
  { checkOtherCredentials, containerPath, literal, projectToken }: Toolbox,
): ProviderOutcome {
  const staticKeys = token.otherCredentials.flatMap(({ variables }) => variables[0] ?? []);
  return {
    kind: 'inject',
    provider: id,
    planFor({ windows }) {
      const projected = projectToken(id, settings.mountRoot, windows, token);
      const directory = `${settings.mountRoot}/${id}${FILE_SUFFIX}`;
      const paths = {
        token: projected.path,
        file: containerPath(`${directory}/${token.file?.name ?? ''}`, windows),
      };
      const toVariable = ({ name, value }: PathVariable): EnvVar => literal(name, value(paths));
      const identity = token.identity.map(toVariable);
      const fileVariable = identity.find(({ name }) => name === token.fileVariable);
      const file = token.file && projectFile(`cwii-${id}${FILE_SUFFIX}`, directory, token.file);
      return {
        provider: id,
        volumes: [projected.volume, ...(file ? [file.volume] : [])],
        mounts: [projected.mount, ...(file ? [file.mount] : [])],
        ...(fileVariable && { fileVariable }),
        identity,
        ...(token.principal !== undefined && { principal: token.principal }),
        extras: token.extras.map(toVariable),
        staticKeys,
        examine: checkOtherCredentials(token.otherCredentials),
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
  { key, name }: ProjectedFile,
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
  self: ProviderInfo,
  input: EvaluationInput,
  all: readonly Provider[],
): { readonly variable: string; readonly other: string } | undefined {
  for (const other of all) {
    if (other.id === self.id) return undefined;
    const planned = isService(other) ? other.plans(input) : [...other.identityVariables, ...other.furtherVariables];
    const variable = names.find((name) => planned.includes(name));
    if (variable !== undefined && other.evaluate(input).kind === 'inject') return { variable, other: other.cloud };
  }
  return undefined;
}

function isService(provider: Provider): provider is ServiceProvider {
  return 'plans' in provider;
}

/** Evaluates each input once: a later provider asks for the outcomes of those before it. */
export function once(evaluate: Provider['evaluate']): Provider['evaluate'] {
  const outcomes = new WeakMap<EvaluationInput, ProviderOutcome>();
  return (input) => {
    const outcome = outcomes.get(input) ?? evaluate(input);
    outcomes.set(input, outcome);
    return outcome;
  };
}
