// What to tell the person who applies a workload, ServiceAccount or Namespace: a pod's own warnings only reach the
// controller that makes it. Advice changes nothing and refuses nothing.

import type { Finding } from '../annotations/findings.ts';
import { KEY_PREFIX } from '../annotations/keys.ts';
import { AZ_USE_LABEL, isNativeAnnotation } from '../annotations/native-keys.ts';
import { podScope, readWiderScopes, type ScopedPod, type ScopesRead } from '../annotations/scopes.ts';
import { isDeepStrictEqual } from '../common/node-builtins.ts';
import { controllerOf, nameOf, namespaces, type ObjectKind, serviceAccounts } from '../kubernetes/objects.ts';
import { type AdmissionRequest, type ObjectView, readObject, readPod } from '../kubernetes/review.ts';
import { withServiceAccount } from '../kubernetes/service-account.ts';
import { isUsualObject } from '../kubernetes/usual.ts';
import { providers } from '../providers/registry.ts';
import { type Decided, decide } from './decide.ts';
import type { MutateContext } from './mutate.ts';

/** What there is to say about one object. */
export interface Advice {
  /** What its pods get, in one line; absent where nobody asks for an identity. */
  readonly summary?: string;
  readonly findings: readonly Finding[];
  /** HTTP requests made to the cluster. */
  readonly reads: number;
}

/** What only a pod can show: a wider scope may be completed by a narrower one, and has no containers. */
const shownByPods: readonly Finding['code'][] = [
  'aws-role-missing',
  'az-client-id-missing',
  'az-tenant-id-missing',
  'gcp-audience-missing',
  'verify-enforce-without-verify',
  'container-unknown',
];

/** The kind of an object that is advised on; undefined for all others. */
export function advisedKind(
  { resource, subResource, operation }: AdmissionRequest,
  ownerKinds: readonly ObjectKind[],
): ObjectKind | undefined {
  if (subResource || (operation !== 'CREATE' && operation !== 'UPDATE')) return undefined;
  const kinds = [...ownerKinds, serviceAccounts, namespaces];
  return kinds.find((kind) => kind.group === (resource.group ?? '') && kind.resource === resource.resource);
}

/**
 * The advice on an object that is being created or changed.
 *
 * @throws {ReviewError} when the object is not of its kind's form.
 * @throws {ClusterReadError} when the ServiceAccount or namespace cannot be read before the deadline.
 */
export async function advise(kind: ObjectKind, request: AdmissionRequest, context: MutateContext): Promise<Advice> {
  const object = await readObject(request.object);
  if (request.operation === 'UPDATE' && isSame(interest(object), interest(await readObject(request.oldObject)))) {
    return nothing;
  }
  if (kind === serviceAccounts || kind === namespaces) return adviseOnScope(kind, request, object, context);
  // What a controller makes, its owner is the one to be told of.
  if (controllerOf(object.metadata?.ownerReferences ?? [])) return nothing;
  return adviseOnWorkload(kind, request, object, context);
}

/** What is nested too deeply to be compared counts as another: advice that is given once more does no harm. */
function isSame(one: unknown, other: unknown): boolean {
  try {
    return isDeepStrictEqual(one, other);
  } catch {
    return false;
  }
}

const nothing: Advice = { findings: [], reads: 0 };

/** What of an object can change the identity of pods: not its status, its scale or its own strategy. */
function interest({ metadata, spec }: ObjectView): unknown {
  const annotations = Object.entries(metadata?.annotations ?? {}).filter(
    ([key]) => key.startsWith(KEY_PREFIX) || isNativeAnnotation(key),
  );
  return {
    annotations: Object.fromEntries(annotations),
    template: spec?.['template'],
    jobTemplate: spec?.['jobTemplate'],
  };
}

async function adviseOnScope(
  kind: ObjectKind,
  request: AdmissionRequest,
  object: ObjectView,
  context: MutateContext,
): Promise<Advice> {
  const name = object.metadata?.name ?? request.name ?? '';
  const namespace = kind === namespaces ? name : (request.namespace ?? '');
  const label = nameOf({ kind, name, ...(kind !== namespaces && { namespace }) });
  const scope = {
    kind: kind === namespaces ? ('namespace' as const) : ('serviceaccount' as const),
    object: label,
    annotations: object.metadata?.annotations ?? {},
  };
  // With the label by which Azure workload identity chooses pods, so that its annotations are looked at too.
  const pod = { ...exemplaryPod(namespace, '(any)', {}), labels: { [AZ_USE_LABEL]: 'true' } };
  const read: ScopesRead = { scopes: [scope], findings: [], attempts: 0, cached: false };
  const view = await readPod({ spec: { serviceAccountName: 'default', containers: [] } });
  const { findings } = decide(
    { raw: {}, view, pod, read, reads: 0, apiAudiences: context.reader?.apiAudiences },
    context.settings,
  );
  const own = findings.filter(({ code, object: at }) => at === label && !shownByPods.includes(code));
  return { findings: own, reads: 0 };
}

async function adviseOnWorkload(
  kind: ObjectKind,
  request: AdmissionRequest,
  object: ObjectView,
  context: MutateContext,
): Promise<Advice> {
  const name = object.metadata?.name || `${object.metadata?.generateName ?? ''}*`;
  const namespace = request.namespace ?? '';
  const label = nameOf({ kind, namespace, name });
  const found = templateOf(object);
  if (!found) return nothing;
  const { template, owners } = found;
  const raw = { metadata: template.metadata ?? {}, spec: withServiceAccount(template.spec ?? {}) };
  const view = await readPod(raw);
  const pod: ScopedPod = {
    ...exemplaryPod(namespace, `${name}-*`, view.metadata?.annotations ?? {}),
    labels: view.metadata?.labels ?? {},
    serviceAccountName: view.spec.serviceAccountName ?? undefined,
  };
  const { reader, deadline } = context;
  const options = { deadline, fresh: true, ownerKinds: [] };
  const wider = reader ? await readWiderScopes(pod, reader, options) : { scopes: [], attempts: 0 };
  const scopes = [
    podScope(pod),
    ...owners.map((annotations) => ({ kind: 'owner' as const, object: label, annotations })),
    ...wider.scopes,
  ];
  const read: ScopesRead = { scopes, findings: [], attempts: wider.attempts, cached: false };
  const decided = decide(
    { raw, view, pod, read, reads: wider.attempts, apiAudiences: reader?.apiAudiences },
    context.settings,
  );
  // A list for a whole namespace names containers that not every workload has, or that a later webhook adds.
  const findings = decided.findings.filter(
    ({ code, scope }) => code !== 'container-unknown' || scope === 'pod' || scope === 'owner',
  );
  return { ...summarise(label, decided), findings, reads: wider.attempts };
}

function summarise(label: string, decided: Decided): Pick<Advice, 'summary'> {
  if (decided.kind === 'denied') return { summary: `cwii: the pods of ${label} will be refused` };
  const { injected, resolution } = decided;
  if (injected.length > 0) return { summary: `cwii: the pods of ${label} get the identity of ${injected.join(', ')}` };
  // Somebody set an identity up and somebody said no: what a finding says already is not said again.
  const asked = providers.find(({ trigger }) => resolution.get(trigger) !== undefined);
  if (!asked || decided.findings.length > 0) return {};
  const no = resolution.get(`cwii.dev/${asked.id}-inject`);
  const why = no?.value === false ? `: ${no.key} is "false" on ${no.source.object}` : ', because no container takes it';
  return { summary: `cwii: the pods of ${label} get no identity${why}` };
}

function exemplaryPod(namespace: string, displayName: string, annotations: ScopedPod['annotations']): ScopedPod {
  return { namespace, displayName, annotations, labels: {}, ownerReferences: [], serviceAccountName: 'default' };
}

interface Template {
  readonly metadata?: unknown;
  readonly spec?: unknown;
}

/**
 * The pod template, and the annotations of what will own the pods, nearest first: a CronJob's Job before itself.
 * Undefined for a kind that makes its pods of something else.
 */
function templateOf({
  metadata,
  spec,
}: ObjectView): { template: Template; owners: ScopedPod['annotations'][] } | undefined {
  const own = metadata?.annotations ?? {};
  const jobTemplate = spec?.['jobTemplate'];
  const ofJob = isUsualObject(jobTemplate);
  const holder = ofJob ? jobTemplate.spec : spec;
  const template = holder?.['template'];
  if (typeof template !== 'object' || template === null) return undefined;
  const owners = ofJob ? [jobTemplate.metadata?.annotations ?? {}, own] : [own];
  return { template, owners };
}
