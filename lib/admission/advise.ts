// Advice to the person who applies a workload, ServiceAccount or Namespace. It never changes or denies.
//
// A pod's own warnings reach only the controller that creates the pod, so its author would not see them.

import { type Finding, LONGEST_WARNING } from '../annotations/findings.ts';
import { findMisplacedLabel } from '../annotations/misplaced-label.ts';
import { podScope, type Scope } from '../annotations/scope.ts';
import { isObject } from '../common/json.ts';
import { displayName } from '../kubernetes/names.ts';
import { controllerOf, nameOf, namespaces, type ObjectKind } from '../kubernetes/objects.ts';
import { builtInOwnerKinds, isPodTemplate, restartCommand } from '../kubernetes/owner-kinds.ts';
import { podOfTemplate } from '../kubernetes/pod.ts';
import { type AdmissionRequest, isObjectView, type ObjectView, readObject } from '../kubernetes/review.ts';
import { selectProviders } from '../providers/provider-set.ts';
import { type Evaluation, evaluate } from './evaluate.ts';
import { changedKeys, changeOf } from './identity-changes.ts';
import type { AdmissionContext } from './mutate.ts';
import { type Placement, place } from './place.ts';
import { readWiderScopes } from './read-scopes.ts';
import { ReadSession } from './read-session.ts';

/** The advice on one object. */
export interface Advice {
  /** The identities of its pods, in one line; absent if no scope requests an identity. */
  readonly summary?: string;
  readonly findings: readonly Finding[];
  /** HTTP requests made to the cluster. */
  readonly reads: number;
}

const noAdvice: Advice = { findings: [], reads: 0 };

/**
 * The advice on a ServiceAccount or Namespace: what is wrong with its own annotations.
 *
 * @throws {ReviewError} if the object does not have the form of a Kubernetes object.
 */
export async function adviseOnScope(
  kind: ObjectKind,
  request: AdmissionRequest,
  { settings, reader }: Pick<AdmissionContext, 'settings' | 'reader'>,
): Promise<Advice> {
  const object = readObject(request.object);
  const change = changeOf(request, object);
  if (change === 'nothing') return noAdvice;
  const name = object.metadata?.name ?? request.name ?? '';
  const namespace = kind === namespaces ? name : (request.namespace ?? '');
  const scope: Scope = {
    kind: kind === namespaces ? 'namespace' : 'serviceaccount',
    object: nameOf({ kind, name, ...(kind !== namespaces && { namespace }) }),
    annotations: object.metadata?.annotations ?? {},
  };
  const old = change === 'created' ? undefined : readObject(request.oldObject);
  const before = { annotations: old?.metadata?.annotations ?? {} };
  const providers = await selectProviders([scope, before], undefined, settings);
  const { findings } = evaluate([scope], { namespace, pod: undefined }, settings, reader?.apiAudiences, providers);
  const keys = old ? changedKeys(object, old, settings.nativeAnnotations, providers.keys) : [];
  return {
    ...(keys.length > 0 && { summary: summariseKeys(keys, scope.object) }),
    // A more specific scope may set what is missing here.
    findings: findings.filter(({ incomplete }) => !incomplete),
    reads: 0,
  };
}

/**
 * The advice on a workload: what the pods of its template will get.
 *
 * @throws {ReviewError} if the object or its pod template does not have its form.
 * @throws {ClusterReadError} if the ServiceAccount or namespace cannot be read before the deadline.
 */
export async function adviseOnWorkload(
  kind: ObjectKind,
  request: AdmissionRequest,
  { settings, reader, deadline }: AdmissionContext,
): Promise<Advice> {
  const object = readObject(request.object);
  const change = changeOf(request, object);
  if (change === 'nothing') return noAdvice;
  // A controller created this object; the advice goes to the author of the controller's object.
  if (controllerOf(object.metadata?.ownerReferences ?? [])) return noAdvice;
  const workload = templateOf(kind, object);
  if (!workload) return noAdvice;

  const namespace = request.namespace ?? '';
  const name = displayName(object.metadata ?? {}) ?? '*';
  const label = nameOf({ kind, namespace, name });
  const pod = podOfTemplate(workload.template, { namespace, name });
  const session = reader && new ReadSession(reader, { deadline, fresh: true });
  const wider = session ? await session.settle(readWiderScopes(pod, session)) : [];
  const decide = async ({ annotations }: WorkloadTemplate) => {
    const owners = annotations.map((own): Scope => ({ kind: 'owner', object: label, annotations: own }));
    const scopes = [podScope(pod), ...owners, ...wider];
    const providers = await selectProviders(scopes, pod, settings);
    const evaluation = evaluate(scopes, { namespace, pod }, settings, reader?.apiAudiences, providers);
    return { evaluation, placement: place(pod, evaluation, settings) };
  };
  const { evaluation, placement } = await decide(workload);
  // A list for a whole namespace names containers that not every workload has, or that a later webhook adds.
  const findings = placement.findings.filter(
    ({ code, scope }) => code !== 'container-unknown' || scope === 'pod' || scope === 'owner',
  );
  if (settings.nativeAnnotations) findings.push(...findMisplacedLabel(label, object.metadata?.labels, pod.labels));
  // With an unchanged template, no pod is replaced: the summary says which pods are meant.
  const before = change === 'annotations' ? templateOf(kind, readObject(request.oldObject)) : undefined;
  const summary = before
    ? summariseChange(label, {
        placement,
        before: (await decide(before)).placement,
        restart: kind.group === 'apps' ? restartCommand(kind.kind, namespace, name) : undefined,
      })
    : undefined;
  return {
    ...(summary === undefined ? summarise(label, placement, evaluation) : { summary }),
    findings,
    reads: session?.attempts ?? 0,
  };
}

function summarise(
  label: string,
  { plan, injected, findings }: Placement,
  { resolution, providers }: Evaluation,
): Pick<Advice, 'summary'> {
  if (!plan) return { summary: `cwii: the pods of ${label} will be denied` };
  if (injected.length > 0) return { summary: `cwii: the pods of ${label} get the identity of ${injected.join(', ')}` };
  // Without an identity, findings usually name the reason. It is given here only if there are none.
  const requested = providers.find(({ trigger }) => resolution.find(trigger) !== undefined);
  if (!requested || findings.length > 0) return {};
  const suppressed = resolution.find(requested.injectKey);
  const reason =
    suppressed?.value === false
      ? `: ${suppressed.key} is "false" on ${suppressed.source.object}`
      : ', because skip-containers or include-containers excludes every container';
  return { summary: `cwii: the pods of ${label} get no identity${reason}` };
}

interface SummaryOfChange {
  readonly placement: Placement;
  /** The decision for the pods before. */
  readonly before: Placement;
  /** Replaces the running pods; undefined if no command of kubectl does. */
  readonly restart: string | undefined;
}

/** The identity of new pods. Running pods keep theirs. Undefined if pods get nothing, before and after. */
function summariseChange(label: string, { placement, before, restart }: SummaryOfChange): string | undefined {
  const { plan, injected } = placement;
  if (!plan) return `cwii: new pods of ${label} will be denied; running pods keep what they have`;
  if (injected.length === 0 && before.injected.length === 0) return undefined;
  const identity = injected.length > 0 ? `the identity of ${injected.join(', ')}` : 'no identity';
  const summary = `cwii: new pods of ${label} get ${identity}; running pods keep what they have`;
  const withCommand = restart === undefined ? summary : `${summary}: ${restart}`;
  return withCommand.length <= LONGEST_WARNING ? withCommand : summary;
}

function summariseKeys([first = '', ...more]: readonly string[], object: string): string {
  const keys = more.length === 0 ? first : `${first} and ${more.length} more`;
  return `cwii: ${object} changes ${keys} for new pods; running pods keep what they have: kubectl rollout restart their workloads`;
}

interface WorkloadTemplate {
  readonly template: { readonly metadata?: unknown; readonly spec?: unknown };
  /** The annotations of the pods' owners, nearest first: a CronJob's Job before the CronJob. */
  readonly annotations: readonly Scope['annotations'][];
}

/** The pod template of a workload; undefined if its pods come from elsewhere, which cwii cannot know. */
function templateOf(kind: ObjectKind, { metadata, spec }: ObjectView): WorkloadTemplate | undefined {
  const own = metadata?.annotations ?? {};
  const jobTemplate = spec?.['jobTemplate'];
  const job = isObjectView(jobTemplate) ? jobTemplate : undefined;
  const template = (job ? job.spec : spec)?.['template'];
  // The template of a built-in kind is one, even if it is incomplete.
  if (!isObject(template) || !(builtInOwnerKinds.includes(kind) || isPodTemplate(kind.group, template)))
    return undefined;
  return { template, annotations: job ? [job.metadata?.annotations ?? {}, own] : [own] };
}
