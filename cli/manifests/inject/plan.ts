// An identity as data in CEL: what lib/providers/plan.ts is in the webhook.

import { placeOf } from '../../../lib/kubernetes/mount-paths.ts';
import type { Principal } from '../../../lib/providers/provider.ts';
import { celString } from '../cel.ts';
import { type Cel, type CelData, cel, celData } from './cel-data.ts';

export interface IdentityPlan {
  readonly id: string | Cel;
  /** The keys that request it. */
  readonly trigger: string | Cel;
  readonly inject: string | Cel;
  readonly volumes: readonly CelData[];
  readonly mounts: readonly MountPlan[];
  /** The path of the file that `files` name. */
  readonly file: Cel;
  /** The variables of the identity that name a file. */
  readonly files: readonly string[] | Cel;
  /** A list of variables. */
  readonly identity: Cel;
  readonly principal?: Principal | undefined;
  readonly staticKeys?: readonly string[];
  /** The principals of single containers, by name: a list with one variable, or none for no identity. */
  readonly principals?: Cel;
  /** Whether the other containers get the identity. */
  readonly others?: Cel;
  /** A list of variables. */
  readonly extras?: Cel;
  readonly synonyms?: readonly string[];
  readonly completed?: Cel;
  readonly extrasForOwnIdentity?: true;
  readonly annotations?: Readonly<Record<string, Cel>>;
}

/** A mount, below the mount root. The name of the volume may be known to the API server only. */
export interface MountPlan {
  readonly name: string | Cel;
  readonly path: string;
  /** The last part of the path, if only the API server knows it. */
  readonly last?: Cel;
}

export function planData(plan: IdentityPlan): string {
  const { id, volumes, mounts, file, files, identity, principal, extras, synonyms, completed, annotations } = plan;
  const { extrasForOwnIdentity, staticKeys: keys = principal?.staticKeys ?? [] } = plan;
  return celData({
    id,
    trigger: plan.trigger,
    inject: plan.inject,
    volumes,
    mounts: mounts.map(mountData),
    file,
    files,
    identity,
    ...(principal && { principal: principal.variable }),
    ...(keys.length > 0 && { staticKeys: keys }),
    ...(plan.principals && { principals: plan.principals }),
    ...(plan.others && { others: plan.others }),
    ...(extras && { extras }),
    ...(synonyms && { synonyms }),
    ...(completed && { completed }),
    ...(annotations && { annotations }),
    ...(extrasForOwnIdentity && { extrasForOwnIdentity }),
  });
}

function mountData({ name, path, last }: MountPlan): CelData {
  const whole = (base: string) => (last ? cel(`${celString(`${base}/`)} + ${last.text}`) : base);
  const place = (windows: boolean) => celString(`${placeOf(path, windows)}/`) + (last ? ` + ${last.text} + '/'` : '');
  return {
    name,
    place: cel(`(variables.windows ? ${place(true)} : ${place(false)})`),
    mount: { name, mountPath: whole(path), readOnly: true },
  };
}

/** The volume of a token. */
export function tokenVolume(name: string | Cel, audience: Cel, expirationSeconds: Cel): CelData {
  return {
    name,
    projected: { sources: [{ serviceAccountToken: { path: 'token', audience, expirationSeconds } }] },
  };
}

/** A volume with a file that the kubelet projects from an annotation of the pod. */
export function fileVolume(name: string, file: string, annotation: string): CelData {
  const fieldRef = { apiVersion: 'v1', fieldPath: `metadata.annotations['${annotation}']` };
  return { name, downwardAPI: { items: [{ path: file, fieldRef }] } };
}

/** A path as programs in the container need it. */
export function pathInContainer(path: string, containerPath: (path: string, windows: boolean) => string): Cel {
  return cel(
    `(variables.windows ? ${celString(containerPath(path, true))} : ${celString(containerPath(path, false))})`,
  );
}

/** A variable with a value from an annotation, in which Kubernetes must not expand `$(NAME)`. */
export function literal(name: string, value: string): CelData {
  return { name, value: cel(`${value}.replace('$', '$$')`) };
}

/** The same for an expression of several parts. */
export function literalFrom(name: string, value: string): CelData {
  return literal(name, `(${value})`);
}

/** A list of variables, of which some depend on a condition. */
export function variableList(parts: readonly (CelData | { readonly when: string; readonly variable: CelData })[]): Cel {
  const texts = parts.map((part) =>
    isConditional(part) ? `(${part.when} ? [dyn(${celData(part.variable)})] : [])` : `[dyn(${celData(part)})]`,
  );
  return cel(texts.length === 0 ? '[]' : `(${texts.join(' + ')})`);
}

function isConditional(part: object | string | number | boolean): part is { when: string; variable: CelData } {
  return typeof part === 'object' && 'when' in part;
}
