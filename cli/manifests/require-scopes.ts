// CEL variables for the objects whose annotations a policy can read, and lookups in them.

import { nativeKeys } from '../../lib/annotations/native-keys.ts';
import { celString } from './cel.ts';

export interface Variable {
  readonly name: string;
  readonly expression: string;
}

/** The parameter object. A policy can read it, the pod and its namespace, and nothing else. */
export type Parameter = 'ServiceAccount' | 'ReplicaSet';

/** A policy in a file of the API server has no parameter object. */
export type PolicyParameter = Parameter | 'none';

/** A list in CEL has elements of one type. Parameters are untyped, so all elements are converted to `dyn`. */
const annotationsOf = (object: string) => `dyn(${object}.metadata.?annotations.orValue({}))`;

/**
 * `own` has the annotations by the pod's author, `wider` those by others, and `scopes` both, most specific
 * first.
 *
 * Translated annotations of other products come last, because they apply only if no scope sets the key of
 * cwii.
 */
export function scopeVariables(parameter: PolicyParameter, native: boolean): readonly Variable[] {
  const isOwner = parameter === 'ReplicaSet';
  const isAccount = parameter === 'ServiceAccount';
  // Other products have their annotations on the ServiceAccount.
  const withNative = native && isAccount;
  return [
    { name: 'ofPod', expression: annotationsOf('object') },
    ...(parameter === 'none' ? [] : [{ name: 'ofParam', expression: annotationsOf('params') }]),
    { name: 'ofNamespace', expression: annotationsOf('namespaceObject') },
    ...(withNative ? [{ name: 'ofOthers', expression: nativeScope() }] : []),
    { name: 'own', expression: isOwner ? '[variables.ofPod, variables.ofParam]' : '[variables.ofPod]' },
    {
      name: 'wider',
      expression: `[${[
        ...(isAccount ? ['variables.ofParam'] : []),
        'variables.ofNamespace',
        ...(withNative ? ['variables.ofOthers'] : []),
      ].join(', ')}]`,
    },
    { name: 'scopes', expression: 'variables.own + variables.wider' },
  ];
}

/** The first explicit value of a key, or ''. Values are trimmed, and an empty one is not explicit. */
export function firstText(scopes: 'own' | 'scopes', key: string): string {
  return `(variables.${scopes}.map(s, s[?${celString(key)}].orValue('').trim()).filter(v, v != '') + [''])[0]`;
}

/** The first explicit boolean as 'true' or 'false', or ''. */
export function firstBoolean(key: string): string {
  return `(variables.scopes.map(s, s[?${celString(key)}].orValue('').trim().lowerAscii()).filter(v, v in ['true', 'false']) + [''])[0]`;
}

/** The ServiceAccount's annotations of other products, under the corresponding keys of cwii. */
function nativeScope(): string {
  const keys = nativeKeys.filter(({ scopes, with: other }) => scopes.includes('serviceaccount') && other === undefined);
  const entries = [...new Set(keys.map(({ key }) => key))].map((key) => {
    const texts = keys
      .filter((candidate) => candidate.key === key)
      .map(({ native, label, read }) => {
        const text = `variables.ofParam[?${celString(native)}].orValue('').trim()`;
        const full = read ? `${text}.replace('projects/', '//iam.googleapis.com/projects/', 1)` : text;
        // A full name contains `projects/` too, but does not begin with it.
        const written = read ? `(${text}.startsWith('projects/') ? ${full} : ${text})` : text;
        return label === undefined
          ? written
          : `(object.metadata.?labels[?${celString(label)}].orValue('') == 'true' ? ${written} : '')`;
      });
    return `${celString(key)}: ([${texts.join(', ')}].filter(v, v != '') + [''])[0]`;
  });
  return `dyn({\n  ${entries.join(',\n  ')}\n})`;
}
