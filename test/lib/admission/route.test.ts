// Tests which route a request takes: mutate, advise or skip, and the reason of a skip.

import { describe, expect, it } from 'vitest';
import { type Route, route } from '../../../lib/admission/route.ts';
import { readReview } from '../../../lib/kubernetes/review.ts';
import { parseMutateSettings } from '../../../lib/settings/webhook-config.ts';
import { type Review, reviewOf } from '../../fakes/events.ts';

interface Changes {
  readonly operation?: string;
  readonly subResource?: string | null;
  readonly object?: unknown;
}

/** The route of a request for `groupResource`, such as `apps/deployments`. */
function routeOf(groupResource: string, changes: Changes = {}, env: Record<string, string> = {}): Route {
  const [group, resource] = groupResource.split('/');
  const review: Review = reviewOf(({ request }) => {
    Object.assign(request, { resource: { group, version: 'v1', resource }, ...changes });
  });
  return route(readReview(review), parseMutateSettings(env).ownerKinds);
}

/** The route in one word and its detail, for tables. */
function summaryOf(routed: Route): string {
  if (routed.kind === 'mutate' || routed.kind === 'mutate-debug') return routed.kind;
  if (routed.kind === 'reject') return `reject: ${routed.code}`;
  return `${routed.kind}: ${routed.kind === 'skip' ? routed.reason : routed.objectKind.kind}`;
}

describe('route', () => {
  it.each([
    ['/pods', 'CREATE', '', 'mutate'],
    ['/pods', 'CREATE', null, 'mutate'],
    ['/pods', 'UPDATE', '', 'skip: not-a-create'],
    ['/pods', 'DELETE', '', 'skip: not-a-create'],
    ['/pods', 'CONNECT', '', 'skip: not-a-create'],
    ['/pods', '', '', 'skip: not-a-create'],
    ['/pods', 'CREATE', 'binding', 'skip: subresource'],
    ['/pods', 'UPDATE', 'ephemeralcontainers', 'mutate-debug'],
    ['/pods', 'CREATE', 'ephemeralcontainers', 'skip: subresource'],
    ['apps/pods', 'UPDATE', 'ephemeralcontainers', 'skip: not-a-pod'],
    ['/pods', 'CONNECT', 'exec', 'skip: subresource'],
    ['example.com/pods', 'CREATE', '', 'skip: not-a-pod'],

    ['apps/deployments', 'CREATE', '', 'advise-workload: Deployment'],
    ['apps/deployments', 'UPDATE', '', 'advise-workload: Deployment'],
    ['apps/deployments', 'CREATE', null, 'advise-workload: Deployment'],
    ['apps/deployments', 'DELETE', '', 'skip: not-a-pod'],
    ['apps/deployments', 'CONNECT', '', 'skip: not-a-pod'],
    ['apps/deployments', '', '', 'skip: not-a-pod'],
    ['apps/deployments', 'UPDATE', 'status', 'skip: not-a-pod'],
    ['apps/deployments', 'UPDATE', 'scale', 'skip: not-a-pod'],
    ['apps/replicasets', 'CREATE', '', 'advise-workload: ReplicaSet'],
    ['apps/statefulsets', 'UPDATE', '', 'advise-workload: StatefulSet'],
    ['apps/daemonsets', 'CREATE', '', 'advise-workload: DaemonSet'],
    ['batch/jobs', 'CREATE', '', 'advise-workload: Job'],
    ['batch/cronjobs', 'CREATE', '', 'advise-workload: CronJob'],
    ['batch/cronjobs', 'UPDATE', '', 'advise-workload: CronJob'],
    ['/replicationcontrollers', 'CREATE', '', 'advise-workload: ReplicationController'],
    ['/replicationcontrollers', 'UPDATE', '', 'advise-workload: ReplicationController'],
    ['extensions/deployments', 'CREATE', '', 'skip: not-a-pod'],
    ['argoproj.io/rollouts', 'CREATE', '', 'skip: not-a-pod'],

    ['/serviceaccounts', 'CREATE', '', 'advise-scope: ServiceAccount'],
    ['/serviceaccounts', 'UPDATE', '', 'advise-scope: ServiceAccount'],
    ['/serviceaccounts', 'CREATE', 'token', 'skip: not-a-pod'],
    ['/serviceaccounts', 'DELETE', '', 'skip: not-a-pod'],
    ['apps/serviceaccounts', 'CREATE', '', 'skip: not-a-pod'],
    ['/namespaces', 'CREATE', '', 'advise-scope: Namespace'],
    ['/namespaces', 'UPDATE', '', 'advise-scope: Namespace'],
    ['/namespaces', 'UPDATE', 'finalize', 'skip: not-a-pod'],

    ['/services', 'CREATE', '', 'skip: not-a-pod'],
    ['/', 'CREATE', '', 'skip: not-a-pod'],
  ])('maps %s, operation "%s", subresource %j to %s', (groupResource, operation, subResource, expected) => {
    expect(summaryOf(routeOf(groupResource, { operation, subResource }))).toBe(expected);
  });

  it('reads a null API group as the core group', () => {
    const review = reviewOf(({ request }) => void Object.assign(request.resource, { group: null }));

    expect(route(readReview(review), [])).toEqual({ kind: 'mutate' });
  });

  it('advises on a kind that CWII_OWNER_KINDS configures', () => {
    const env = { CWII_OWNER_KINDS: 'argoproj.io/v1alpha1/rollouts=Rollout' };

    expect(summaryOf(routeOf('argoproj.io/rollouts', {}, env))).toBe('advise-workload: Rollout');
  });

  it('mutates pods, although CWII_OWNER_KINDS lets pods own pods', () => {
    const env = { CWII_OWNER_KINDS: 'v1/pods=Pod' };

    expect(summaryOf(routeOf('/pods', {}, env))).toBe('mutate');
    expect(summaryOf(routeOf('/pods', { operation: 'UPDATE' }, env))).toBe('skip: not-a-create');
  });
});

describe('route for an object with too many bytes of annotations', () => {
  const metadata = { annotations: { note: 'x'.repeat(300_000) } };
  const template = { metadata, spec: {} };

  it.each<[string, object]>([
    ['apps/deployments', { metadata, spec: {} }],
    ['apps/deployments', { metadata: {}, spec: { template } }],
    ['batch/cronjobs', { spec: { jobTemplate: { metadata, spec: {} } } }],
    ['batch/cronjobs', { spec: { jobTemplate: { spec: { template } } } }],
    ['/serviceaccounts', { metadata }],
    ['/namespaces', { metadata }],
  ])('skips %s, which the API server will reject', (groupResource, object) => {
    expect(summaryOf(routeOf(groupResource, { object }))).toBe('skip: annotations-too-large');
  });
});

describe('route for the creation of a pod', () => {
  const withAnnotations = (annotations: unknown) =>
    routeOf('/pods', { object: { metadata: { annotations }, spec: {} } });

  it.each(['0123', '', 1, null])('skips a mirror pod with the annotation value %j', (mirrored) => {
    expect(summaryOf(withAnnotations({ 'kubernetes.io/config.mirror': mirrored }))).toBe('skip: mirror-pod');
  });

  it('skips a mirror pod that is invalid otherwise', () => {
    const object = { metadata: { annotations: { 'kubernetes.io/config.mirror': 'x' } }, spec: { containers: 'none' } };

    expect(summaryOf(routeOf('/pods', { object }))).toBe('skip: mirror-pod');
  });

  it.each([
    { annotations: null },
    { annotations: undefined },
    { annotations: {} },
    { annotations: { 'kubernetes.io/config.source': 'api' } },
    { annotations: ['kubernetes.io/config.mirror'] },
    { annotations: 'text' },
  ])('mutates a pod with the annotations $annotations', ({ annotations }) => {
    expect(withAnnotations(annotations)).toEqual({ kind: 'mutate' });
  });

  it('rejects a pod whose annotations the API server will reject, and skips a mirror pod', () => {
    const long = { note: 'x'.repeat(300_000) };

    expect(withAnnotations(long)).toEqual({ kind: 'reject', code: 'annotations-too-large' });
    expect(summaryOf(withAnnotations({ ...long, 'kubernetes.io/config.mirror': '' }))).toBe('skip: mirror-pod');
  });

  it.each([{ object: null }, { object: 'text' }, { object: [] }, { object: { metadata: null } }])(
    'leaves the validation of the object $object to the next step',
    ({ object }) => {
      expect(routeOf('/pods', { object })).toEqual({ kind: 'mutate' });
    },
  );
});
