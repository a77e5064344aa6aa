// Whether a review or a pod is of the usual form, without a copy of it: all that the API server sends is. The schemas of
// schemas.ts are the authority, and say what is wrong with the rest; what passes here passes there
// (test/properties/usual.test.ts). They copy what they check, and a pod's copy costs more than all these checks; and they
// are a quarter of a cold start, so they are loaded when there is something to say.

import { isBoolean, isList, isObject, isOptional, isString, isText, isTextMap, type Raw } from '../common/json.ts';
import { isOwnerReference } from './objects.ts';
import type { AdmissionRequest, ContainerView, ObjectView, PodView } from './schemas.ts';

export function isUsualReview(value: unknown): value is { readonly request: AdmissionRequest } {
  return (
    isObject(value) &&
    value['apiVersion'] === 'admission.k8s.io/v1' &&
    value['kind'] === 'AdmissionReview' &&
    isUsualRequest(value['request'])
  );
}

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

export function isUsualObject(value: unknown): value is ObjectView {
  return isObject(value) && isOptional(value['metadata'], isMetadata) && isOptional(value['spec'], isObject);
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
