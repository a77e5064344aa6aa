// Reads the argument NAMESPACE/NAME of an object.

import { InvalidArgumentError } from 'commander';
import { isNamespaceName, isObjectName } from '../lib/kubernetes/names.ts';

export interface NamespacedName {
  readonly namespace: string;
  readonly name: string;
}

/** @throws {InvalidArgumentError} if it is not `NAMESPACE/NAME`. */
export function parseNamespacedName(text: string, kind: string, example: string): NamespacedName {
  const [namespace = '', name = '', ...more] = text.split('/');
  if (more.length === 0 && isNamespaceName(namespace) && isObjectName(name)) return { namespace, name };
  throw new InvalidArgumentError(`Write NAMESPACE/NAME of a ${kind}, such as ${example}.`);
}
