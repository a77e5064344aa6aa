// The schema of a golden case's file. An error names the key and what is expected there.

import { z } from 'zod';
import type { Manifest } from '../../cli/preview/manifest-reader.ts';
import type { Adds } from './additions.ts';
import { isMap } from './merge-patch.ts';
import type { ObjectNotation, PodNotation } from './notation.ts';

/**
 * The text of one case, or of all rows of a file. One of adds, admitted, denied and skipped is the outcome.
 */
export interface CaseText {
  readonly why?: string;
  readonly settings?: Readonly<Record<string, string>>;
  readonly namespace?: string;
  readonly cluster?: Readonly<Record<string, ObjectNotation>>;
  readonly pod?: PodNotation;
  readonly adds?: 'nothing' | Adds;
  readonly admitted?: Manifest;
  readonly warns?: readonly string[];
  readonly denied?: string;
  readonly skipped?: string;
}

export interface CaseFile extends CaseText {
  readonly why: string;
  /** Rows of a table, by the end of their title. */
  readonly cases?: Readonly<Record<string, CaseText>>;
}

/** The keys of a file in their order. */
export const KEYS = [
  ...['why', 'settings', 'namespace', 'cluster', 'pod'],
  ...['adds', 'admitted', 'warns', 'denied', 'skipped', 'cases'],
];

const text = z.string('expected a text; quote numbers and booleans');
const sentence = text.min(1, 'expected a sentence');
const anything = z.looseObject({});

/** A map with these keys only. */
function strict<Shape extends z.core.$ZodLooseShape>(shape: Shape) {
  return z.strictObject(shape, {
    error: (issue) =>
      issue.code === 'unrecognized_keys'
        ? `unknown key ${issue.keys.join(', ')}; expected ${Object.keys(shape).join(', ')}`
        : `expected a map of ${Object.keys(shape).join(', ')}`,
  });
}

function mapOf(value: z.ZodType, key: z.ZodType<string, string> = z.string()) {
  const keyFault = (issues: readonly { message: string }[] = []) => issues[0]?.message;
  return z.record(key, value, {
    error: (issue) => (issue.code === 'invalid_key' ? keyFault(issue.issues) : 'expected a map'),
  });
}

/** The schema that `choose` gives for the value: its errors are clearer than those of a union. */
function chosen(choose: (value: unknown) => z.ZodType) {
  return z.unknown().superRefine((value, context) => {
    const { error } = choose(value).safeParse(value);
    for (const { message, path } of error?.issues ?? []) context.addIssue({ code: 'custom', message, path });
  });
}

/** The word in place of a map. */
function wordOr(word: string, map: z.ZodType) {
  return chosen((value) => (isMap(value) ? map : z.literal(word, `expected "${word}" or a map`)));
}

const variable = chosen((value) =>
  isMap(value) ? strict({ valueFrom: anything }) : z.string('expected a text or valueFrom; quote numbers and booleans'),
);
const mounts = z.array(
  chosen((value) => (isMap(value) ? anything : z.string())),
  'expected a list',
);
const container = z.looseObject({ env: mapOf(variable).optional(), mounts: mounts.optional() }, 'expected a map');
/** Variables that differ from the standard ones; null removes one. */
const changedEnv = mapOf(chosen((value) => (value === null ? z.null() : variable))).optional();
const ownContainer = container.extend({ at: z.int('expected the index of the container') });
const changedContainer = ownContainer.extend({ env: changedEnv });
const annotations = mapOf(chosen((value) => (isMap(value) ? anything : text)));
const owned = {
  annotations: annotations.optional(),
  owner: text.optional(),
  ownerReferences: z.array(anything).optional(),
};

const podNotation = strict({
  name: text.optional(),
  generateName: text.optional(),
  namespace: z.null('the namespace of a case is a key of its own; null removes it from the pod').optional(),
  labels: mapOf(text).optional(),
  ...owned,
  serviceAccountName: text.nullable().optional(),
  nodeName: text.optional(),
  nodeSelector: mapOf(text).optional(),
  os: anything.optional(),
  securityContext: anything.optional(),
  resources: anything.optional(),
  volumes: mapOf(anything).optional(),
  initContainers: mapOf(container).optional(),
  containers: mapOf(container).optional(),
});
const podManifest = z.looseObject({ apiVersion: text, kind: text, metadata: anything, spec: anything });
const pod = chosen((value) => (isMap(value) && 'kind' in value ? podManifest : podNotation));

const identity = strict({
  token: strict({ audience: text.optional(), expirationSeconds: z.int().optional() }).optional(),
  env: changedEnv,
  mounts: mounts.optional(),
  credentials: anything.optional(),
  containers: z.array(text).optional(),
  initContainers: mapOf(changedContainer).optional(),
});
const changes = wordOr('standard', identity);
const adds = strict({
  aws: changes.optional(),
  az: changes.optional(),
  gcp: changes.optional(),
  annotations: annotations.optional(),
  volumes: mapOf(anything).optional(),
  containers: mapOf(strict({ env: mapOf(variable).optional(), mounts: mounts.optional() })).optional(),
  initContainers: mapOf(ownContainer).optional(),
});

const setting = z.string().regex(/^CWII_/, 'expected settings, whose names begin with CWII_');
const inputs = {
  settings: mapOf(text, setting).optional(),
  namespace: text.optional(),
  cluster: mapOf(strict({ uid: text.optional(), ...owned })).optional(),
  pod: pod.optional(),
  adds: wordOr('nothing', adds).optional(),
};
const outputs = {
  admitted: podManifest.optional(),
  warns: z.array(text, 'expected a list of texts').optional(),
  denied: text.optional(),
  skipped: text.optional(),
};
const row = strict({ why: sentence.optional(), ...inputs, ...outputs });
const single = strict({ why: sentence, ...inputs, ...outputs });
const table = strict({ why: sentence, ...inputs, cases: mapOf(row) });

/** @throws Error with the first fault, after the keys that lead to it. */
export function checked(file: unknown): CaseFile {
  const { error } = (isMap(file) && 'cases' in file ? table : single).safeParse(file);
  const fault = error?.issues[0];
  if (!fault) return file as CaseFile;
  throw new Error([...fault.path.map(String), fault.message].join(': '));
}
