// Resolves annotations over the scopes: for each key, the first scope with an explicit value wins.

import { editDistance } from '../common/edit-distance.ts';
import { type Finding, findingOf, locationOf } from './findings.ts';
import {
  annotationKeys,
  CONTAINER_ROLE,
  INJECT_KEY,
  isKeyName,
  isNearMiss,
  isOutputKey,
  KEY_PREFIX,
  type KeyName,
  type KeyType,
  type ServiceKeys,
  type ValueOf,
} from './keys.ts';
import { AZ_PROXY_SIDECAR, AZ_USE_LABEL, type NativeKey, nativeKeys, nativeSkipContainers } from './native-keys.ts';
import type { Scope, ScopeKind } from './scope.ts';

/** A value that a scope sets, with its provenance. */
export interface Explicit<Value> {
  /** The annotation: one of cwii's, or the annotation of another product that replaces it. */
  readonly key: string;
  readonly native: boolean;
  readonly value: Value;
  /** The annotation's text as written. */
  readonly raw: string;
  readonly source: Scope;
}

type Values = Map<string, Explicit<string | boolean>>;

/** The resolved values by key. A key that no scope sets is absent. */
export class Resolution {
  readonly #values: Values;
  /** The roles of single containers by the container's name, each from the first scope that sets it. */
  readonly containerRoles: ReadonlyMap<string, Explicit<string>>;
  /** Containers that another product's annotation excludes, for that product's cloud. */
  readonly nativeSkips: Readonly<Record<string, Explicit<string> | undefined>>;
  /** Values that could not be read, and keys that do not exist. */
  readonly findings: readonly Finding[];

  constructor(
    values: Values,
    containerRoles: Resolution['containerRoles'],
    nativeSkips: Resolution['nativeSkips'],
    findings: readonly Finding[],
  ) {
    this.#values = values;
    this.containerRoles = containerRoles;
    this.nativeSkips = nativeSkips;
    this.findings = findings;
  }

  get<K extends KeyName>(key: K): Explicit<ValueOf<K>> | undefined {
    return this.#values.get(key) as Explicit<ValueOf<K>> | undefined;
  }

  /** The keys that a scope sets. */
  get keys(): readonly string[] {
    return [...this.#values.keys()];
  }

  /** The value of a key that a provider names. */
  find(key: string): Explicit<string | boolean> | undefined {
    return this.#values.get(key);
  }
}

/** Reads other products' annotations too. */
export interface NativeOptions {
  /** The labels of the pod; undefined if the pods are unknown, which counts as if every label were set. */
  readonly podLabels: Readonly<Record<string, string>> | undefined;
}

/**
 * Resolves every key over `scopes`, which are ordered from the most specific (the pod) to the widest (the
 * namespace).
 *
 * Booleans are trimmed and case-insensitive. An unreadable boolean is not explicit and gives a finding.
 * Strings are trimmed; an empty string is not explicit. Another product's annotation counts only if no scope
 * sets the key.
 */
export function resolve(scopes: readonly Scope[], native?: NativeOptions, services?: ServiceKeys): Resolution {
  const values: Values = new Map();
  const containerRoles = new Map<string, Explicit<string>>();
  const findings: Finding[] = [];
  for (const source of scopes) {
    for (const [key, raw] of Object.entries(source.annotations)) {
      if (!key.startsWith(KEY_PREFIX)) {
        if (isNearMiss(key)) findings.push(nearMiss(key, raw, source, findings.length));
        continue;
      }
      if (isOutputKey(key)) continue;
      if (key === INJECT_KEY) findings.push(findingOf('inject-is-a-label', locationOf({ key, raw, source })));
      else if (key.startsWith(CONTAINER_ROLE)) setContainerRole(containerRoles, { key, native: false, raw, source });
      else {
        const type = isKeyName(key) ? annotationKeys[key] : services?.typeOf(key);
        if (type === undefined) findings.push(unknownKey(key, raw, source, { before: findings.length, services }));
        else if (type !== 'output' && !values.has(key)) {
          setValue(values, findings, { key, type }, { key, native: false, raw, source });
        }
      }
    }
  }
  if (!native) return new Resolution(values, containerRoles, {}, findings);
  for (const candidate of nativeKeys) resolveNative(values, findings, candidate, scopes, native);
  resolveUseLabel(values, scopes, native);
  findings.push(...findProxySidecar(scopes));
  const skips = (id: keyof typeof nativeSkipContainers) => {
    const { native: key, scopes: kinds, read } = nativeSkipContainers[id];
    const found = findNative(key, kinds, scopes);
    return found && { ...found, value: read(found.raw) };
  };
  return new Resolution(values, containerRoles, { aws: skips('aws'), az: skips('az'), gcp: skips('gcp') }, findings);
}

type Written = Omit<Explicit<unknown>, 'value'>;

function setContainerRole(roles: Map<string, Explicit<string>>, written: Written): void {
  const container = written.key.slice(CONTAINER_ROLE.length);
  const value = written.raw.trim();
  if (value !== '' && !roles.has(container)) roles.set(container, { ...written, value });
}

function setValue(
  values: Values,
  findings: Finding[],
  { key, type }: { readonly key: string; readonly type: KeyType },
  written: Written,
  text = written.raw,
): void {
  const value = type === 'boolean' ? readBoolean(text) : text.trim() || undefined;
  if (value !== undefined) values.set(key, { ...written, value });
  else if (text.trim() !== '') {
    findings.push(findingOf('boolean-unreadable', locationOf(written)));
  }
}

function resolveNative(
  values: Values,
  findings: Finding[],
  candidate: NativeKey,
  scopes: readonly Scope[],
  { podLabels }: NativeOptions,
): void {
  if (values.has(candidate.key)) return;
  if (candidate.label !== undefined && podLabels && podLabels[candidate.label] !== 'true') return;
  if (candidate.with !== undefined && !values.get(candidate.with)?.native) return;
  const found = findNative(candidate.native, candidate.scopes, scopes);
  const { key, read } = candidate;
  if (found) setValue(values, findings, { key, type: annotationKeys[key] }, found, read?.(found.raw.trim()));
}

function findNative(key: string, kinds: readonly ScopeKind[], scopes: readonly Scope[]): Written | undefined {
  for (const kind of kinds) {
    const source = scopes.find((scope) => scope.kind === kind && Object.hasOwn(scope.annotations, key));
    const raw = source?.annotations[key];
    if (source && raw?.trim()) return { key, native: true, raw, source };
  }
  return undefined;
}

/** The label requests Azure as `az-inject` does, so that a pod without a client ID gets a warning. */
function resolveUseLabel(values: Values, scopes: readonly Scope[], { podLabels }: NativeOptions): void {
  const source = scopes.find(({ kind }) => kind === 'pod');
  if (!source || podLabels?.[AZ_USE_LABEL] !== 'true' || values.has('cwii.dev/az-inject')) return;
  values.set('cwii.dev/az-inject', { key: `label ${AZ_USE_LABEL}`, native: true, value: true, raw: 'true', source });
}

function findProxySidecar(scopes: readonly Scope[]): Finding[] {
  const found = findNative(AZ_PROXY_SIDECAR, ['pod'], scopes);
  return found ? [findingOf('az-proxy-sidecar', locationOf(found))] : [];
}

/** `true` and `false`, trimmed and case-insensitive; undefined for any other text. */
export function readBoolean(raw: string): boolean | undefined {
  const text = raw.trim().toLowerCase();
  if (text === 'true') return true;
  return text === 'false' ? false : undefined;
}

/**
 * A comparison with every key takes time, and a pod that was not validated yet can have any number of keys.
 */
const MOST_SUGGESTIONS = 16;

function unknownKey(
  key: string,
  raw: string,
  source: Scope,
  { before, services }: { readonly before: number; readonly services: ServiceKeys | undefined },
): Finding {
  const nearest = before < MOST_SUGGESTIONS ? nearestKey(key, services?.names) : undefined;
  return findingOf('annotation-unknown', locationOf({ key, raw, source }), { nearest });
}

function nearMiss(key: string, raw: string, source: Scope, before: number): Finding {
  const meant = KEY_PREFIX + key.slice(key.indexOf('/') + 1);
  const nearest = before < MOST_SUGGESTIONS ? nearestKey(meant) : undefined;
  return findingOf('prefix-unknown', locationOf({ key, raw, source }), { nearest });
}

/** The most similar key; undefined if no key is similar. */
function nearestKey(key: string, further: readonly string[] = []): string | undefined {
  // An annotation's name has at most 63 characters after the prefix; the limit is for keys that were not
  // validated.
  const typed = key.slice(0, KEY_PREFIX.length + 63).toLowerCase();
  // Only a role can be set for one container, after a dot.
  const dot = typed.indexOf('.', KEY_PREFIX.length);
  const role = CONTAINER_ROLE.slice(0, -1);
  if (dot !== -1 && editDistance(typed.slice(0, dot), role) <= 4) return `${role}${typed.slice(dot)}`;
  let nearest: string | undefined;
  let least = Math.max(4, (typed.length - KEY_PREFIX.length) / 3);
  for (const name of [...Object.keys(annotationKeys), ...further]) {
    const steps = editDistance(typed, name);
    if (steps > least || (steps === least && nearest)) continue;
    [nearest, least] = [name, steps];
  }
  return nearest;
}
