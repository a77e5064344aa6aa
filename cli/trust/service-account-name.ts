// Reads the name of a ServiceAccount from an argument.

import { InvalidArgumentError } from 'commander';
import { isNamespaceName, isObjectName } from '../../lib/kubernetes/names.ts';
import type { ServiceAccountName } from './identities.ts';

/** @throws {InvalidArgumentError} if it is not `NAMESPACE/NAME`. */
export function parseServiceAccount(text: string): ServiceAccountName {
  const [namespace = '', name = '', ...more] = text.split('/');
  if (more.length === 0 && isNamespaceName(namespace) && isObjectName(name)) return { namespace, name };
  throw new InvalidArgumentError('Write NAMESPACE/NAME of a ServiceAccount, such as shop/checkout.');
}

/** For a variadic argument. */
export function addServiceAccount(
  text: string,
  before: readonly ServiceAccountName[] | undefined,
): readonly ServiceAccountName[] {
  const one = parseServiceAccount(text);
  const known = (before ?? []).some(({ namespace, name }) => namespace === one.namespace && name === one.name);
  return known ? (before ?? []) : [...(before ?? []), one];
}
