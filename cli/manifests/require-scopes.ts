// The objects whose annotations a policy can see, as CEL variables, and how a value is looked up in them.

import { nativeKeys } from '../../lib/annotations/native-keys.ts';
import { celString } from './cel.ts';

export interface Variable {
  readonly name: string;
  readonly expression: string;
}

/** The parameter beside the pod and its namespace: a policy of Kubernetes has only one. */
export type Parameter = 'ServiceAccount' | 'ReplicaSet';

/** `dyn`, because CEL's lists are of one type, and a parameter has none. */
const annotationsOf = (object: string) => `dyn(${object}.metadata.?annotations.orValue({}))`;

/**
 * `own` is what the pod's author wrote, `wider` what others did, `scopes` both; each from the most specific on.
 *
 * Another product's annotations come last, translated, because they count where a key of cwii's is explicit nowhere.
 */
export function scopeVariables(parameter: Parameter, native: boolean): readonly Variable[] {
  const isOwner = parameter === 'ReplicaSet';
  const withNative = native && !isOwner;
  return [
    { name: 'ofPod', expression: annotationsOf('object') },
    { name: 'ofParam', expression: annotationsOf('params') },
    { name: 'ofNamespace', expression: annotationsOf('namespaceObject') },
    ...(withNative ? [{ name: 'ofOthers', expression: nativeScope() }] : []),
    { name: 'own', expression: isOwner ? '[variables.ofPod, variables.ofParam]' : '[variables.ofPod]' },
    {
      name: 'wider',
      expression: `[${[
        ...(isOwner ? [] : ['variables.ofParam']),
        'variables.ofNamespace',
        ...(withNative ? ['variables.ofOthers'] : []),
      ].join(', ')}]`,
    },
    { name: 'scopes', expression: 'variables.own + variables.wider' },
  ];
}

/** The first explicit text of a key; '' where it is explicit nowhere. Strings are trimmed, and an empty one is not explicit. */
export function firstText(scopes: 'own' | 'scopes', key: string): string {
  return `(variables.${scopes}.map(s, s[?${celString(key)}].orValue('').trim()).filter(v, v != '') + [''])[0]`;
}

/** The first explicit boolean as 'true' or 'false'; '' where it is explicit nowhere. */
export function firstBoolean(key: string): string {
  return `(variables.scopes.map(s, s[?${celString(key)}].orValue('').trim().lowerAscii()).filter(v, v in ['true', 'false']) + [''])[0]`;
}

/** The ServiceAccount's annotations of other products, under the keys that they stand for. */
function nativeScope(): string {
  const keys = nativeKeys.filter(({ scopes, with: other }) => scopes.includes('serviceaccount') && other === undefined);
  const entries = [...new Set(keys.map(({ key }) => key))].map((key) => {
    const texts = keys
      .filter((candidate) => candidate.key === key)
      .map(({ native, label, read }) => {
        const text = `variables.ofParam[?${celString(native)}].orValue('').trim()`;
        const full = read ? `${text}.replace('projects/', '//iam.googleapis.com/projects/', 1)` : text;
        // A full name has `projects/` too, but not at its beginning.
        const written = read ? `(${text}.startsWith('projects/') ? ${full} : ${text})` : text;
        return label === undefined
          ? written
          : `(object.metadata.?labels[?${celString(label)}].orValue('') == 'true' ? ${written} : '')`;
      });
    return `${celString(key)}: ([${texts.join(', ')}].filter(v, v != '') + [''])[0]`;
  });
  return `dyn({\n  ${entries.join(',\n  ')}\n})`;
}
