// Whether a review or a pod is of the usual form, without a copy of it: all that the API server sends is. The schemas of
// review.ts are the authority, and say what is wrong with the rest; what passes here passes there
// (test/properties/usual.test.ts). They copy what they check, and a pod's copy costs more than all these checks.

import type { AdmissionRequest, ContainerView, PodView } from './review.ts';

type Raw = Readonly<Record<string, unknown>>;
type Check = (value: unknown) => boolean;

export function isUsualRequest(value: unknown): value is AdmissionRequest {
  return (
    isObject(value) &&
    isString(value['uid']) &&
    value['uid'] !== '' &&
    isOptional(value['kind'], isGroupVersion) &&
    isGroupVersion(value['resource']) &&
    isText(value['subResource']) &&
    isText(value['name']) &&
    isText(value['namespace']) &&
    isString(value['operation']) &&
    isOptional(value['dryRun'], isBoolean) &&
    value['object'] !== undefined
  );
}

export function isUsualPod(value: unknown): value is PodView {
  if (!isObject(value) || !isObject(value['spec'])) return false;
  const { metadata, spec } = value;
  return (
    isOptional(metadata, isMetadata) &&
    isText(spec['serviceAccountName']) &&
    isList(spec['containers'], isContainer) &&
    isList(spec['initContainers'], isContainer) &&
    isList(spec['volumes'], isNamed) &&
    isOptional(spec['securityContext'], isSecurityContext) &&
    isOptional(spec['os'], (os) => isObject(os) && isText(os['name'])) &&
    isTextMap(spec['nodeSelector'])
  );
}

function isMetadata(value: unknown): boolean {
  return (
    isObject(value) &&
    isText(value['name']) &&
    isText(value['generateName']) &&
    isTextMap(value['annotations']) &&
    isTextMap(value['labels']) &&
    isList(value['ownerReferences'], isOwnerReference)
  );
}

function isOwnerReference(value: unknown): boolean {
  return (
    isObject(value) &&
    isString(value['apiVersion']) &&
    isString(value['kind']) &&
    isString(value['name']) &&
    isString(value['uid']) &&
    isOptional(value['controller'], isBoolean)
  );
}

function isContainer(value: unknown): value is ContainerView {
  return (
    isNamed(value) &&
    isText(value['restartPolicy']) &&
    isList(value['env'], isVariable) &&
    isList(value['volumeMounts'], isMount) &&
    isOptional(value['securityContext'], isSecurityContext)
  );
}

function isVariable(value: unknown): boolean {
  return isNamed(value) && isText(value['value']);
}

function isMount(value: unknown): boolean {
  return isNamed(value) && isString(value['mountPath']) && isText(value['subPath']) && isText(value['subPathExpr']);
}

function isSecurityContext(value: unknown): boolean {
  return isObject(value) && isOptional(value['runAsUser'], Number.isFinite);
}

function isGroupVersion(value: unknown): boolean {
  const { group, version, kind, resource } = isObject(value) ? value : {};
  return isObject(value) && [group, version, kind, resource].every(isText);
}

function isNamed(value: unknown): value is Raw {
  return isObject(value) && isString(value['name']);
}

/** Absent or null, as Go writes what is empty, or what is wanted. */
function isOptional(value: unknown, check: Check): boolean {
  return value === undefined || value === null || check(value);
}

function isText(value: unknown): boolean {
  return isOptional(value, isString);
}

function isList(value: unknown, check: Check): boolean {
  return isOptional(value, (list) => Array.isArray(list) && list.every(check));
}

function isTextMap(value: unknown): boolean {
  return isOptional(value, (map) => isObject(map) && Object.values(map).every(isString));
}

function isObject(value: unknown): value is Raw {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isString(value: unknown): value is string {
  return typeof value === 'string';
}

function isBoolean(value: unknown): boolean {
  return typeof value === 'boolean';
}
