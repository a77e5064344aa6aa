// Reads the name of a ServiceAccount from an argument.

import { parseNamespacedName } from '../namespaced-name.ts';
import type { ServiceAccountName } from './identities.ts';

/** @throws {InvalidArgumentError} if it is not `NAMESPACE/NAME`. */
export function parseServiceAccount(text: string): ServiceAccountName {
  return parseNamespacedName(text, 'ServiceAccount', 'shop/checkout');
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
