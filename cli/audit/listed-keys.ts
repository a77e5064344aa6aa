// The keys of ConfigMaps and Secrets for an audit: of a live cluster from lists of metadata, or of manifests.

import type { CredentialNames } from '../env-from/credential-names.ts';
import type { KeyReader } from '../env-from/find-credentials.ts';
import {
  dataKeysIn,
  type KeySource,
  managedKeysIn,
  nameOfSource,
  pathOfSources,
  readKeys,
} from '../env-from/object-keys.ts';
import { KubeApiError } from '../kubectl/kube-api-error.ts';
import { type KubeClient, METADATA_LIST } from '../kubectl/kube-client.ts';
import type { Manifest } from '../preview/manifest-reader.ts';

/** Says what was not read, after the audit. */
export interface AuditKeys extends KeyReader {
  readonly unread: readonly string[];
}

interface Listed {
  readonly metadata: { readonly namespace?: string; readonly name: string };
}

interface KeyLists {
  /** The keys that can be credentials, by `NAMESPACE/NAME`; objects without any are left out. */
  readonly keys: ReadonlyMap<string, readonly string[]>;
  /** Objects whose metadata does not have the keys: each that a pod uses is read. */
  readonly untracked: ReadonlySet<string>;
}

export interface ClusterKeysOptions {
  readonly kube: KubeClient;
  readonly namespace: string | undefined;
  readonly names: CredentialNames;
  readonly readSecrets: boolean;
}

/** Each list is read when the first pod needs it. */
export class ClusterKeys implements AuditKeys {
  readonly #options: ClusterKeysOptions;
  readonly #lists = new Map<KeySource['kind'], Promise<KeyLists | undefined>>();
  readonly #single = new Map<string, Promise<readonly string[]>>();
  readonly #forbidden: string[] = [];
  readonly #secrets = new Set<string>();

  constructor(options: ClusterKeysOptions) {
    this.#options = options;
  }

  async keysOf(source: KeySource): Promise<readonly string[]> {
    if (source.kind === 'Secret' && !this.#options.readSecrets) {
      this.#secrets.add(nameOfSource(source));
      return [];
    }
    const list = this.#lists.get(source.kind) ?? this.#list(source.kind);
    this.#lists.set(source.kind, list);
    const { keys, untracked } = (await list) ?? NOTHING;
    const name = `${source.namespace}/${source.name}`;
    return untracked.has(name) ? this.#read(source) : (keys.get(name) ?? []);
  }

  get unread(): readonly string[] {
    return [...this.#forbidden, ...notRead(this.#secrets, 'audit --secrets reads the names of their keys')];
  }

  async #list(kind: KeySource['kind']): Promise<KeyLists | undefined> {
    const { kube, namespace, names } = this.#options;
    const keys = new Map<string, readonly string[]>();
    const untracked = new Set<string>();
    try {
      const pages = kube.pages<Listed>(pathOfSources(kind, namespace), { accept: METADATA_LIST });
      for await (const page of pages)
        for (const { metadata } of page) {
          const name = `${metadata.namespace}/${metadata.name}`;
          const managed = managedKeysIn(metadata);
          if (!managed) untracked.add(name);
          const possible = names.possibleIn(managed ?? []);
          if (possible.length > 0) keys.set(name, possible);
        }
      return { keys, untracked };
    } catch (error) {
      if (!(error instanceof KubeApiError) || error.status !== 403) throw error;
      this.#forbidden.push(`${kind}s cannot be read, so static keys from envFrom are not known: ${error.detail}`);
      return undefined;
    }
  }

  async #read(source: KeySource): Promise<readonly string[]> {
    const { kube, names } = this.#options;
    const name = nameOfSource(source);
    const keys = this.#single.get(name) ?? readKeys(kube, source).then((all) => names.possibleIn(all));
    this.#single.set(name, keys);
    return keys;
  }
}

const NOTHING: KeyLists = { keys: new Map(), untracked: new Set() };

/** The keys of the manifests that an audit of files gets. */
export class ManifestKeys implements AuditKeys {
  readonly #keys = new Map<string, readonly string[]>();
  readonly #missing = new Set<string>();

  constructor(manifests: readonly Manifest[], names: CredentialNames) {
    for (const manifest of manifests) {
      const { apiVersion, kind, metadata } = manifest;
      if (apiVersion !== 'v1' || (kind !== 'ConfigMap' && kind !== 'Secret')) continue;
      const source: KeySource = { kind, namespace: metadata.namespace ?? '', name: metadata.name ?? '' };
      this.#keys.set(nameOfSource(source), names.possibleIn(dataKeysIn(manifest)));
    }
  }

  async keysOf(source: KeySource): Promise<readonly string[]> {
    const name = nameOfSource(source);
    const keys = this.#keys.get(name);
    if (!keys) this.#missing.add(name);
    return keys ?? [];
  }

  get unread(): readonly string[] {
    return notRead(this.#missing, 'pass them too: kubectl get configmap -A -o json');
  }
}

function notRead(objects: ReadonlySet<string>, remedy: string): string[] {
  const [first] = objects;
  if (first === undefined) return [];
  const others = objects.size > 1 ? ` and ${objects.size - 1} more` : '';
  return [`static keys in ${first}${others}, which containers use with envFrom, are not known; ${remedy}`];
}
