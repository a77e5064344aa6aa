// The precedence of annotations: for each key on its own, the first scope with an explicit value wins.

import { distance } from 'fastest-levenshtein';
import { annotationFinding, type Finding } from './findings.ts';
import { annotationKeys, isKeyName, isOutputKey, KEY_PREFIX, type KeyName, type ValueOf } from './keys.ts';
import { AZ_PROXY_SIDECAR, AZ_USE_LABEL, type NativeKey, nativeKeys, nativeSkipContainers } from './native-keys.ts';
import type { Scope, ScopeKind } from './scopes.ts';

/** A value that somebody set, with its provenance. */
export interface Explicit<Value> {
  /** The annotation as written: one of cwii's, or another product's that stands for it. */
  readonly key: string;
  readonly native: boolean;
  readonly value: Value;
  /** The annotation's text as written. */
  readonly raw: string;
  readonly source: Scope;
}

type Values = Map<KeyName, Explicit<string | boolean>>;

/** What the scopes say, by key. A key that is explicit nowhere is absent. */
export class Resolution {
  readonly #values: Values;
  /** Containers that another product's annotation takes out, for that product's cloud. */
  readonly nativeSkips: Readonly<Record<keyof typeof nativeSkipContainers, Explicit<string> | undefined>>;
  /** What could not be read on the way to a key's value, and keys that do not exist. */
  readonly findings: readonly Finding[];

  constructor(values: Values, nativeSkips: Resolution['nativeSkips'], findings: readonly Finding[]) {
    this.#values = values;
    this.nativeSkips = nativeSkips;
    this.findings = findings;
  }

  get<K extends KeyName>(key: K): Explicit<ValueOf<K>> | undefined {
    return this.#values.get(key) as Explicit<ValueOf<K>> | undefined;
  }
}

/** Honour other products' annotations, for a pod with these labels. */
export interface NativeOptions {
  readonly podLabels: Readonly<Record<string, string>>;
}

/**
 * Resolves every key over `scopes`, which are ordered from the most specific (the pod) to the widest (the namespace).
 *
 * Booleans are trimmed and case-insensitive; one that cannot be read is not explicit and gives a finding. Strings are
 * trimmed; an empty one is not explicit. Another product's annotation counts where the key is explicit nowhere.
 */
export function resolve(scopes: readonly Scope[], native?: NativeOptions): Resolution {
  const values: Values = new Map();
  const findings: Finding[] = [];
  for (const source of scopes) {
    for (const [key, raw] of Object.entries(source.annotations)) {
      if (!key.startsWith(KEY_PREFIX) || isOutputKey(key)) continue;
      if (!isKeyName(key)) findings.push(unknownKey(key, raw, source, findings.length));
      else if (!values.has(key)) setValue(values, findings, key, { key, native: false, raw, source });
    }
  }
  if (!native) return new Resolution(values, { aws: undefined, az: undefined, gcp: undefined }, findings);
  for (const candidate of nativeKeys) resolveNative(values, findings, candidate, scopes, native);
  resolveUseLabel(values, scopes, native);
  findings.push(...findProxySidecar(scopes));
  const skips = (id: keyof typeof nativeSkipContainers) => {
    const { native: key, scopes: kinds, read } = nativeSkipContainers[id];
    const found = findNative(key, kinds, scopes);
    return found && { ...found, value: read(found.raw) };
  };
  return new Resolution(values, { aws: skips('aws'), az: skips('az'), gcp: skips('gcp') }, findings);
}

type Written = Omit<Explicit<unknown>, 'value'>;

function setValue(values: Values, findings: Finding[], key: KeyName, written: Written, text = written.raw): void {
  const value = annotationKeys[key] === 'boolean' ? readBoolean(text) : text.trim() || undefined;
  if (value !== undefined) values.set(key, { ...written, value });
  else if (text.trim() !== '') {
    findings.push(
      annotationFinding(
        'boolean-unreadable',
        written,
        'neither "true" nor "false", so it counts as not set; write "true" or "false"',
      ),
    );
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
  if (candidate.label !== undefined && podLabels[candidate.label] !== 'true') return;
  if (candidate.with !== undefined && !values.get(candidate.with)?.native) return;
  const found = findNative(candidate.native, candidate.scopes, scopes);
  if (found) setValue(values, findings, candidate.key, found, candidate.read?.(found.raw.trim()));
}

function findNative(key: string, kinds: readonly ScopeKind[], scopes: readonly Scope[]): Written | undefined {
  for (const kind of kinds) {
    const source = scopes.find((scope) => scope.kind === kind && Object.hasOwn(scope.annotations, key));
    const raw = source?.annotations[key];
    if (source && raw?.trim()) return { key, native: true, raw, source };
  }
  return undefined;
}

/** The label asks for Azure as `az-inject` does, so that a pod without a client ID is told what it lacks. */
function resolveUseLabel(values: Values, scopes: readonly Scope[], { podLabels }: NativeOptions): void {
  const source = scopes.find(({ kind }) => kind === 'pod');
  if (!source || podLabels[AZ_USE_LABEL] !== 'true' || values.has('cwii.dev/az-inject')) return;
  values.set('cwii.dev/az-inject', { key: `label ${AZ_USE_LABEL}`, native: true, value: true, raw: 'true', source });
}

function findProxySidecar(scopes: readonly Scope[]): Finding[] {
  const found = findNative(AZ_PROXY_SIDECAR, ['pod'], scopes);
  if (!found) return [];
  const message = "cwii adds no proxy sidecar; use the SDK's workload identity, and remove the annotation";
  return [annotationFinding('az-proxy-sidecar', found, message)];
}

/** `true` and `false`, trimmed and in any case; undefined for all else. */
export function readBoolean(raw: string): boolean | undefined {
  const text = raw.trim().toLowerCase();
  if (text === 'true') return true;
  return text === 'false' ? false : undefined;
}

/** Comparing with every key takes time, and a pod that was never validated can have any number of keys. */
const MOST_SUGGESTIONS = 16;

function unknownKey(key: string, raw: string, source: Scope, before: number): Finding {
  const nearest = before < MOST_SUGGESTIONS ? nearestKey(key) : undefined;
  const hint = nearest ? `did you mean ${nearest}?` : 'docs/annotations.md lists those that exist';
  return annotationFinding(
    'annotation-unknown',
    { key, raw, source },
    `no such annotation, so it has no effect; ${hint}`,
  );
}

/** The key that was most likely meant; undefined where none is near. */
function nearestKey(key: string): string | undefined {
  // An annotation's name has at most 63 characters after the prefix; the bound holds for what never was validated.
  const typed = key.slice(0, KEY_PREFIX.length + 63).toLowerCase();
  let nearest: string | undefined;
  let least = Math.max(4, (typed.length - KEY_PREFIX.length) / 3);
  for (const name of Object.keys(annotationKeys)) {
    const steps = distance(typed, name);
    if (steps > least || (steps === least && nearest)) continue;
    [nearest, least] = [name, steps];
  }
  return nearest;
}
