// Changes the tree of a review: types, keys, sizes and copies that the API server would never send.

import type { Chance } from './chance.ts';
import { annotation, canary, keys, oddValue } from './odd-values.ts';

type Tree = Record<string, unknown> | unknown[];

/** A place in a tree: the value of `key` in `parent`. */
interface Place {
  readonly parent: Tree;
  readonly key: string;
}

/** Defines the property, because an assignment to `__proto__` would not create a key. */
export function put(parent: object, key: string, value: unknown): void {
  Object.defineProperty(parent, key, { value, enumerable: true, configurable: true, writable: true });
}

function isTree(value: unknown): value is Tree {
  return typeof value === 'object' && value !== null;
}

function placeIn(chance: Chance, root: Tree): Place | undefined {
  let parent: Tree = root;
  for (;;) {
    const names = Object.keys(parent);
    if (names.length === 0) return undefined;
    const key = chance.pick(names);
    const child = (parent as Record<string, unknown>)[key];
    if (!isTree(child) || Object.keys(child).length === 0 || chance.onceIn(6)) return { parent, key };
    parent = child;
  }
}

/** The tree at a path; undefined if something on the path is not a tree. */
function treeAt(root: unknown, ...path: readonly string[]): Tree | undefined {
  const found = path.reduce<unknown>(
    (at, key) => (isTree(at) && Object.hasOwn(at, key) ? (at as Record<string, unknown>)[key] : undefined),
    root,
  );
  return isTree(found) ? found : undefined;
}

const changes: readonly ((chance: Chance, place: Place, root: Tree) => void)[] = [
  // Another type.
  (chance, { parent, key }) => put(parent, key, oddValue(chance)),
  (chance, { parent, key }) => put(parent, key, oddValue(chance)),
  // Removed.
  (_, { parent, key }) => {
    if (Array.isArray(parent)) parent.splice(Number(key), 1);
    else delete parent[key];
  },
  // An unexpected key.
  (chance, { parent, key }) => {
    const child = (parent as Record<string, unknown>)[key];
    const target = isTree(child) && !Array.isArray(child) ? child : parent;
    if (!Array.isArray(target)) put(target, chance.pick(keys), oddValue(chance));
  },
  // Put into a list, or taken out of one.
  (_, { parent, key }) => {
    const value = (parent as Record<string, unknown>)[key];
    put(parent, key, Array.isArray(value) && value.length === 1 ? value[0] : [value]);
  },
  // Copied, into the same list or to another place.
  (chance, { parent, key }, root) => {
    const value = copied((parent as Record<string, unknown>)[key]);
    if (Array.isArray(parent)) parent.push(value);
    else {
      const other = placeIn(chance, root);
      if (other) put(other.parent, other.key, value);
    }
  },
  // Null, as Go writes empty values.
  (_, { parent, key }) => put(parent, key, null),
];

/** A copy without the canary: it may end up in a field that is meant to be shown, such as a name. */
function copied(value: unknown): unknown {
  if (value === undefined) return undefined;
  return JSON.parse(JSON.stringify(value).replaceAll(canary, 'copied'));
}

/**
 * Adds volumes, mounts and containers like those of an earlier admission, or forged ones.
 */
function forge(chance: Chance, review: Record<string, unknown>): void {
  const spec = treeAt(review, 'request', 'object', 'spec') as Record<string, unknown> | undefined;
  if (!spec) return;
  const append = (list: string, item: object) => {
    spec[list] = [...(Array.isArray(spec[list]) ? spec[list] : []), item];
  };
  const name = chance.pick([
    'cwii-aws-token',
    'cwii-az-token',
    'cwii-gcp-token',
    'cwii-gcp-creds',
    'cwii-gcp-config',
    'cwii-aws-config',
  ]);
  const token = { path: 'token', audience: 'sts.amazonaws.com', expirationSeconds: 3600 };
  const source = chance.onceIn(2) ? { serviceAccountToken: token } : oddValue(chance);
  const projected = chance.onceIn(4) ? oddValue(chance) : { sources: [source], defaultMode: oddValue(chance) };
  if (!chance.onceIn(3)) append('volumes', { name, projected });
  const mountPath = chance.pick(['/var/run/secrets/cwii.dev/aws', '/var/run/secrets/cwii.dev', '/']);
  const env = [{ name: 'AWS_WEB_IDENTITY_TOKEN_FILE', value: '/var/run/secrets/cwii.dev/aws/token' }];
  if (chance.onceIn(2)) append('containers', { name: 'forged', env, volumeMounts: [{ name, mountPath }] });
  if (chance.onceIn(6)) append('initContainers', { name: chance.pick(['cwii-aws-verify', 'cwii-gcp-creds-writer']) });
}

/** Puts the same odd value into the old and the new object. */
function deepenBoth(chance: Chance, review: Record<string, unknown>): void {
  const value = oddValue(chance);
  const path = chance.pick([['metadata'], ['spec'], ['spec', 'template'], ['spec', 'template', 'spec']]);
  for (const version of ['object', 'oldObject']) {
    const at = treeAt(review, 'request', version, ...path);
    if (at && !Array.isArray(at)) put(at, 'x-odd', value);
  }
}

/** Changes a review in place; some stay as they are. */
export function changeReview(chance: Chance, review: Record<string, unknown>): void {
  plantCanaries(review);
  const annotated = chance.below(5);
  for (let count = 0; count < annotated; count += 1) annotate(chance, review);
  if (chance.onceIn(8)) forge(chance, review);
  if (chance.onceIn(60)) deepenBoth(chance, review);
  if (chance.onceIn(3)) return;
  if (chance.onceIn(400)) multiply(chance, review);
  const pod = treeAt(review, 'request', 'object');
  changeTree(chance, pod && !chance.onceIn(5) ? pod : review);
}

/** Changes any tree in place. */
export function changeTree(chance: Chance, root: Tree): void {
  const changed = chance.few(10);
  for (let count = 0; count < changed; count += 1) {
    const place = placeIn(chance, root);
    if (place) chance.pick(changes)(chance, place, root);
  }
}

/** Adds values to the spec that must not appear in any output: variables, arguments, a host name. */
function plantCanaries(review: Record<string, unknown>): void {
  for (const version of ['object', 'oldObject']) {
    plantIn(treeAt(review, 'request', version, 'spec') as Record<string, unknown> | undefined);
    plantIn(treeAt(review, 'request', version, 'spec', 'template', 'spec') as Record<string, unknown> | undefined);
  }
}

function plantIn(spec: Record<string, unknown> | undefined): void {
  if (!spec) return;
  spec['hostname'] = `${canary}-hostname`;
  const containers = Array.isArray(spec['containers']) ? spec['containers'] : [];
  for (const container of containers.filter(isTree) as Record<string, unknown>[]) {
    container['args'] = [`${canary}-argument`];
    const env = Array.isArray(container['env']) ? container['env'] : [];
    container['env'] = [...env, { name: 'PASSWORD', value: `${canary}-value` }];
  }
}

function annotate(chance: Chance, review: Record<string, unknown>): void {
  const places = [['metadata'], ['metadata'], ['spec', 'template', 'metadata']];
  const version = chance.onceIn(8) ? 'oldObject' : 'object';
  const metadata = treeAt(review, 'request', version, ...chance.pick(places));
  if (!metadata || Array.isArray(metadata)) return;
  const annotations = treeAt(metadata, 'annotations') ?? {};
  put(annotations, ...annotation(chance));
  metadata['annotations'] = annotations;
}

/** Adds thousands of containers, variables, volumes, mounts, owners, annotations or labels. */
function multiply(chance: Chance, review: Record<string, unknown>): void {
  const pod = treeAt(review, 'request', 'object') as Record<string, unknown> | undefined;
  const spec = treeAt(pod, 'spec') as Record<string, unknown> | undefined;
  const metadata = treeAt(pod, 'metadata') as Record<string, unknown> | undefined;
  if (!spec || !metadata) return;
  const count = chance.pick([100, 1_000, 5_000]);
  const many = (make: (index: number) => unknown) => Array.from({ length: count }, (_, index) => make(index));
  const name = (index: number) => (chance.onceIn(50) ? 'same' : `n-${index}`);
  switch (chance.below(8)) {
    case 0:
      spec['containers'] = many((index) => ({ name: name(index), image: 'x' }));
      return;
    case 1:
      spec['initContainers'] = many((index) => ({ name: name(index), restartPolicy: 'Always' }));
      return;
    case 2:
      spec['containers'] = [{ name: 'app', env: many((index) => ({ name: name(index), value: canary })) }];
      return;
    case 3:
      spec['volumes'] = many((index) => ({ name: name(index), emptyDir: {} }));
      return;
    case 4:
      spec['containers'] = [
        { name: 'app', volumeMounts: many((index) => ({ name: name(index), mountPath: `/${index}` })) },
      ];
      return;
    case 5:
      metadata['ownerReferences'] = many((index) => ({
        apiVersion: 'apps/v1',
        kind: chance.pick(['ReplicaSet', 'Job']),
        name: name(index),
        uid: String(index),
        controller: chance.onceIn(3),
      }));
      return;
    case 6:
      metadata['annotations'] = Object.fromEntries(
        many((index) => [`cwii.dev/${name(index)}`, 'x'.repeat(50)]) as [string, string][],
      );
      return;
    default:
      metadata['labels'] = Object.fromEntries(many((index) => [name(index), canary]) as [string, string][]);
  }
}
