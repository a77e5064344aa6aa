// The standard identities of test/cases/standard.yaml, and how a case changes one.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { mergePatch } from './merge-patch.ts';
import type { Annotations, ContainerNotation, EnvNotation, MountNotation, PodNotation } from './notation.ts';

export const CASES = join(import.meta.dirname, '..', 'cases');
export const STANDARD = join(CASES, 'standard.yaml');

/** In the order in which cwii adds them. */
export const clouds = ['aws', 'az', 'gcp'] as const;
export type Cloud = (typeof clouds)[number];

export type Volumes = Readonly<Record<string, object>>;

/** How an identity differs from the standard one. In maps, null removes what the standard one has. */
export interface IdentityChanges {
  readonly token?: { readonly audience?: string; readonly expirationSeconds?: number };
  readonly env?: Readonly<Record<string, EnvNotation[string] | null>>;
  readonly mounts?: readonly MountNotation[];
  readonly credentials?: Readonly<Record<string, unknown>>;
  /** The containers that get it, if not all do. */
  readonly containers?: readonly string[];
  /** cwii's own containers, and how they differ from the standard ones. */
  readonly initContainers?: Readonly<Record<string, PlacedContainer>>;
}

/** An init container with its index in the list of the admitted pod. */
export interface PlacedContainer extends ContainerNotation {
  readonly at: number;
}

/** The additions of cwii for one cloud. */
export interface Identity {
  readonly env: EnvNotation;
  readonly mounts: readonly MountNotation[];
  readonly volumes: Volumes;
  readonly annotations?: Annotations;
  readonly initContainers: Readonly<Record<string, OwnContainer>>;
}

interface OwnContainer extends ContainerNotation {
  /** Whether it has the variables and mounts of the identity, before its own. */
  readonly identity: boolean;
  /** The annotations of the identity that the pod does not get with this container. */
  readonly annotations?: Readonly<Record<string, null>>;
  readonly volumes: Volumes;
}

interface StandardIdentity extends Identity {
  readonly credentials?: Readonly<Record<string, unknown>>;
}

/** Stands in the file for the text of `credentials`. */
const CREDENTIALS = '$credentials';

export const standard: Readonly<Record<Cloud, StandardIdentity>> & { readonly pod: PodNotation } = parse(
  readFileSync(STANDARD, 'utf8'),
);

/** The standard identity of `cloud`, changed, with those of its own containers that the changes name. */
export function identityOf(cloud: Cloud, changes: IdentityChanges): Identity {
  const { credentials, ...identity } = standard[cloud];
  const own = Object.entries(changes.initContainers ?? {}).map(([name, { at: _, ...change }]) => {
    const container = identity.initContainers[name];
    if (!container) throw new Error(`adds: ${cloud}: initContainers: unknown container ${name}; see standard.yaml`);
    return [name, mergePatch(container, change)] as const;
  });
  const changed: Identity = {
    ...identity,
    env: mergePatch(identity.env, changes.env ?? {}),
    mounts: changes.mounts ?? identity.mounts,
    volumes: withToken(cloud, identity.volumes, changes.token),
    initContainers: Object.fromEntries(own),
  };
  const text = JSON.stringify(mergePatch(credentials, changes.credentials ?? {}));
  return JSON.parse(JSON.stringify(changed), (_, value) => (value === CREDENTIALS ? text : value));
}

/** The whole container, which the pod gets. */
export function ownContainer(identity: Identity, name: string): ContainerNotation {
  const { identity: hasIdentity, annotations, volumes, env, mounts, ...fields } = identity.initContainers[name] ?? {};
  return {
    ...fields,
    env: { ...(hasIdentity && identity.env), ...env },
    mounts: [...(hasIdentity ? identity.mounts : []), ...(mounts ?? [])],
  };
}

/** The token of `cloud` in its volume. */
export function tokenIn(cloud: Cloud, volumes: Volumes): object | undefined {
  const volume = volumes[`cwii-${cloud}-token`] as TokenVolume | undefined;
  return volume?.projected?.sources[0]?.serviceAccountToken;
}

interface TokenVolume {
  readonly projected?: { readonly sources: readonly { readonly serviceAccountToken: object }[] };
}

function withToken(cloud: Cloud, volumes: Volumes, token: IdentityChanges['token']): Volumes {
  const serviceAccountToken = { ...tokenIn(cloud, volumes), ...token };
  return { ...volumes, [`cwii-${cloud}-token`]: { projected: { sources: [{ serviceAccountToken }] } } };
}
