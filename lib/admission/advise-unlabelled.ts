// Advice on an object whose namespace does not have the label that sends its pods to the webhook.

import { type Finding, findingOf } from '../annotations/findings.ts';
import { INJECT_KEY, isForCwii } from '../annotations/keys.ts';
import { resolve } from '../annotations/resolve.ts';
import type { Scope, ScopeKind } from '../annotations/scope.ts';
import { controllerOf, nameOf, namespaces, type ObjectKind, serviceAccounts } from '../kubernetes/objects.ts';
import { type AdmissionRequest, isObjectView, type ObjectView, readObject } from '../kubernetes/review.ts';
import { selectProviders } from '../providers/provider-set.ts';
import type { Advice } from './advise.ts';
import { changeOf } from './identity-changes.ts';
import type { AdmissionContext } from './mutate.ts';

/**
 * One finding that the annotations have no effect, and those on misspelt keys. Nothing is read: the webhook
 * configuration sends only objects in namespaces without the label (`unlabelled.cwii.dev`).
 *
 * @throws {ReviewError} if the object does not have the form of a Kubernetes object.
 */
export async function adviseOnUnlabelled(
  kind: ObjectKind,
  request: AdmissionRequest,
  { settings }: Pick<AdmissionContext, 'settings'>,
): Promise<Advice> {
  const object = readObject(request.object);
  const label = object.metadata?.labels?.[INJECT_KEY];
  const isNamespace = kind === namespaces;
  const change = changeOf(request, object);
  const isSame = isNamespace && request.operation === 'UPDATE' && label === labelBefore(request);
  if (change === 'nothing' && (!isNamespace || isSame)) return { findings: [], reads: 0 };
  if (controllerOf(object.metadata?.ownerReferences ?? [])) return { findings: [], reads: 0 };

  const name = object.metadata?.name ?? request.name ?? '';
  const namespace = isNamespace ? name : (request.namespace ?? '');
  const scope: Scope = {
    kind: scopeKindOf(kind),
    object: nameOf({ kind, name, ...(!isNamespace && { namespace }) }),
    annotations: Object.assign({}, ...annotationsIn(object)),
  };
  const [key, value] = Object.entries(scope.annotations).find(([one]) => isForCwii(one)) ?? [];
  if (key === undefined || value === undefined) return { findings: [], reads: 0 };
  const { keys } = await selectProviders([scope], undefined, settings);
  const place = { key, value, scope: scope.kind, object: scope.object };
  const finding: Finding = findingOf('namespace-not-labelled', place, { label: isNamespace ? label : undefined });
  return { findings: [finding, ...resolve([scope], undefined, keys).findings], reads: 0 };
}

function labelBefore({ oldObject }: AdmissionRequest): string | undefined {
  return readObject(oldObject).metadata?.labels?.[INJECT_KEY];
}

function scopeKindOf(kind: ObjectKind): ScopeKind {
  if (kind === namespaces) return 'namespace';
  return kind === serviceAccounts ? 'serviceaccount' : 'owner';
}

/** The annotations of an object and of its templates, those that count first last. */
function annotationsIn({ metadata, spec }: ObjectView): Readonly<Record<string, string>>[] {
  const own = metadata?.annotations ?? {};
  const inner = [spec?.['jobTemplate'], spec?.['template']].filter(isObjectView).flatMap(annotationsIn);
  return [own, ...inner];
}
