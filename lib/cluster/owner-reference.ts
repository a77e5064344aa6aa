// The owner references of an object, as the API has them: what pods, and what is read for them, are followed by.

import { isBoolean, isObject, isOptional, isString } from '../json.ts';
import type { OwnerReference } from './reader.ts';

export function isOwnerReference(value: unknown): value is OwnerReference {
  return (
    isObject(value) &&
    isString(value['apiVersion']) &&
    isString(value['kind']) &&
    isString(value['name']) &&
    isString(value['uid']) &&
    isOptional(value['controller'], isBoolean)
  );
}
