// Tests the answers and log lines for workloads, ServiceAccounts and Namespaces: warnings only.

import { describe, expect, it } from 'vitest';
import { ClusterReadError } from '../../../lib/common/errors.ts';
import { FakeCluster } from '../../fakes/cluster.ts';
import { eventOf, type Review } from '../../fakes/events.ts';
import { type Answer, reviewIn, startWebhook } from '../../fakes/webhook.ts';
import { applied, cronJobOf, role, scopeObject, templateOf, updated, workloadOf } from '../../fakes/workloads.ts';

const bad = { 'cwii.dev/aws-role-arn': 'web', 'cwii.dev/aws-regoin': 'x' };
const deployment = (annotations: Record<string, string>) =>
  applied('apps/deployments', workloadOf(templateOf(annotations)));
const servingCluster = () => new FakeCluster().serve('ServiceAccount shop/default').serve('Namespace shop');

async function ask(review: Review, env: Record<string, string> = {}, reader = servingCluster()) {
  const webhook = startWebhook({ env, reader });
  const answer: Answer = await webhook.call(eventOf(review));
  expect(webhook.log).toHaveLength(1);
  return { status: answer.status, response: reviewIn(answer).response, log: JSON.parse(webhook.log[0] ?? '') };
}

describe('The answer to a workload', () => {
  it('is one warning about what its pods get', async () => {
    const { status, response } = await ask(deployment(role));

    expect(status).toBe(200);
    expect(response).toEqual({
      uid: deployment(role).request.uid,
      allowed: true,
      warnings: ['cwii: the pods of Deployment shop/web get the identity of aws'],
      auditAnnotations: { outcome: 'advised' },
    });
  });

  it('has no warnings if its pods request nothing', async () => {
    expect((await ask(deployment({}))).response).toEqual({
      uid: deployment({}).request.uid,
      allowed: true,
      auditAnnotations: { outcome: 'advised' },
    });
  });

  it('allows a workload whose pods will be denied, and gives the reason first', async () => {
    const { response } = await ask(deployment(bad));

    expect(response).toMatchObject({ allowed: true });
    expect(response.warnings).toEqual([
      'cwii: the pods of Deployment shop/web will be denied',
      expect.stringMatching(/^cwii\.dev\/aws-role-arn "web" on Pod shop\/web-\*: not the ARN/),
      expect.stringMatching(/^cwii\.dev\/aws-regoin "x"/),
    ]);
  });

  it.each([role, bad, {}])('never contains a patch or a denial: %j', async (annotations) => {
    for (const env of [{}, { CWII_ON_INVALID: 'deny', CWII_ON_READ_FAILURE: 'deny' }]) {
      const { response } = await ask(deployment(annotations), env);

      expect(response.allowed).toBe(true);
      expect(response).not.toHaveProperty('patch');
      expect(response).not.toHaveProperty('patchType');
      expect(response).not.toHaveProperty('status');
    }
  });

  it('has a limited number of warnings', async () => {
    const many = Object.fromEntries(Array.from({ length: 40 }, (_, index) => [`cwii.dev/x${index}`, '']));

    const { warnings = [] } = (await ask(deployment({ ...role, ...many }))).response;

    expect(warnings).toHaveLength(18);
    expect(warnings.at(-1)).toBe('cwii has 24 more findings of this kind');
  });

  it('has warnings of limited length without control characters, whatever the workload’s name', async () => {
    for (const name of ['n'.repeat(300), 'web\n\u001b[2J\u202e']) {
      const odd = workloadOf(templateOf(role));
      odd.metadata.name = name;

      const { warnings = [] } = (await ask(applied('apps/deployments', odd))).response;

      expect(warnings).toHaveLength(1);
      expect([...(warnings[0] ?? '')].length, name).toBeLessThanOrEqual(256);
      expect(warnings[0]).not.toMatch(/[\p{Cc}\p{Cf}]/u);
      expect(warnings[0]).toMatch(/ get the identity of aws$/);
    }
  });
});

describe('The answer to a ServiceAccount or Namespace', () => {
  it.each([
    { resource: '/serviceaccounts', name: 'web', object: 'ServiceAccount shop/web' },
    { resource: '/namespaces', name: 'bank', object: 'Namespace bank' },
  ])('reports errors on $object without a read', async ({ resource, name, object }) => {
    const reader = servingCluster();

    const { response } = await ask(applied(resource, scopeObject(name, bad)), {}, reader);

    expect(response).toMatchObject({ allowed: true, auditAnnotations: { outcome: 'advised' } });
    expect(response.warnings).toHaveLength(2);
    for (const warning of response.warnings ?? []) expect(warning).toContain(` on ${object}: `);
    expect(reader.reads).toEqual([]);
  });
});

describe('A cluster that cannot be read', () => {
  const failing = () => servingCluster().fail('Namespace shop', new ClusterReadError('cluster-timeout', 'no answer'));

  it.each(['fail', 'deny'])(
    'prevents the advice but nothing else if CWII_ON_READ_FAILURE is %s',
    async (onReadFailure) => {
      const { status, response, log } = await ask(deployment(bad), { CWII_ON_READ_FAILURE: onReadFailure }, failing());

      expect(status).toBe(200);
      expect(response).toEqual({
        uid: deployment(bad).request.uid,
        allowed: true,
        auditAnnotations: { outcome: 'unadvised', reason: 'cluster-timeout' },
      });
      expect(log).toMatchObject({
        level: 'info',
        outcome: 'unadvised',
        status: 200,
        code: 'cluster-timeout',
        namespace: 'shop',
        error: 'ClusterReadError: no answer',
      });
    },
  );

  it('is a warning and an error in the log if a permission is missing, because pods will fail too', async () => {
    const missing = new ClusterReadError('cluster-forbidden', 'Namespace shop could not be read: not allowed');
    const { status, response, log } = await ask(deployment(role), {}, servingCluster().fail('Namespace shop', missing));

    expect(status).toBe(200);
    expect(response).toMatchObject({
      allowed: true,
      warnings: ['cwii: no advice: Namespace shop could not be read: not allowed'],
    });
    expect(log).toMatchObject({ level: 'error', outcome: 'unadvised', kind: 'Deployment', object: 'web' });
  });

  it('prevents the advice in time even if a reader never settles', async () => {
    const reader = servingCluster();
    reader.hold();
    const webhook = startWebhook({ reader });

    const answer = await webhook.call(
      eventOf(deployment(role), (event) => {
        event.rawQueryString = 'timeout=1s';
        event.requestContext.timeEpoch = Date.now() - 350;
      }),
    );

    expect(reviewIn(answer).response).toMatchObject({ allowed: true, auditAnnotations: { outcome: 'unadvised' } });
  });

  it('does not matter for an update that gets no advice', async () => {
    const object = workloadOf(templateOf(role));

    const { response, log } = await ask(updated('apps/deployments', object, { ...object, status: {} }), {}, failing());

    expect(response.auditAnnotations).toEqual({ outcome: 'advised' });
    expect(log).toMatchObject({ outcome: 'advised', reads: 0 });
  });
});

describe('The log line of advice', () => {
  const always = { time: expect.any(String), milliseconds: expect.any(Number), coldStart: true, level: 'info' };

  it('contains the codes of the findings and the number of reads', async () => {
    const { log } = await ask(deployment(bad));

    expect(log).toEqual({
      ...always,
      outcome: 'advised',
      status: 200,
      uid: deployment(bad).request.uid,
      namespace: 'shop',
      kind: 'Deployment',
      object: 'web',
      findings: ['annotation-unknown', 'aws-role-arn-invalid'],
      reads: 2,
    });
  });

  it('reports a dry run, and omits an empty list of findings', async () => {
    const review = deployment(role);
    review.request.dryRun = true;

    expect((await ask(review)).log).toEqual({
      ...always,
      outcome: 'advised',
      status: 200,
      uid: review.request.uid,
      namespace: 'shop',
      kind: 'Deployment',
      object: 'web',
      dryRun: true,
      reads: 2,
    });
  });
});

describe('An object in a namespace without the label', () => {
  const unlabelled = async (review: Review) => {
    const reader = servingCluster();
    const webhook = startWebhook({ reader });
    const answer = await webhook.call(
      eventOf(review, (event) => {
        event.rawPath = '/unlabelled';
      }),
    );
    expect(reader.reads).toEqual([]);
    return reviewIn(answer).response;
  };
  const notLabelled = (object: string, value: string = role['cwii.dev/aws-role-arn'] ?? '') =>
    `cwii.dev/aws-role-arn "${value}" on ${object}: no effect, because the namespace does not have the label cwii.dev/inject=enabled; kubectl label --overwrite namespace NAME cwii.dev/inject=enabled`;

  it.each<[string, Review, string]>([
    ['its own annotations', applied('apps/deployments', workloadOf(templateOf(), role)), 'Deployment shop/web'],
    ['its template', deployment(role), 'Deployment shop/web'],
    ['its Job template', applied('batch/cronjobs', cronJobOf(templateOf(), {}, role)), 'CronJob shop/web'],
    ['a ServiceAccount', applied('/serviceaccounts', scopeObject('web', role)), 'ServiceAccount shop/web'],
    ['a Namespace', applied('/namespaces', scopeObject('shop', role)), 'Namespace shop'],
  ])('is told that the annotations have no effect: %s', async (_, review, object) => {
    expect(await unlabelled(review)).toMatchObject({ allowed: true, warnings: [notLabelled(object)] });
  });

  it('is told the wrong value of the label', async () => {
    const wrong = { metadata: { name: 'shop', labels: { 'cwii.dev/inject': 'true' }, annotations: role } };
    const { warnings } = await unlabelled(applied('/namespaces', wrong));

    expect(warnings?.[0]).toContain('the label cwii.dev/inject of the namespace must be "enabled", and is "true"');
  });

  it('is told about misspelt keys as well', async () => {
    const { warnings } = await unlabelled(
      applied('/serviceaccounts', scopeObject('web', { 'cwi.dev/aws-role-arn': 'x' })),
    );

    expect(warnings).toEqual([
      expect.stringContaining('cwi.dev/aws-role-arn "x" on ServiceAccount shop/web: no effect, because the namespace'),
      expect.stringContaining('(did you mean cwii.dev/aws-role-arn?)'),
    ]);
  });

  it('gets no warning without such keys, or if nothing changes', async () => {
    const object = workloadOf(templateOf(role));
    const reviews = [
      applied('/serviceaccounts', scopeObject('web', { team: 'blue' })),
      updated('apps/deployments', object, { ...object, status: {} }),
      updated('/namespaces', scopeObject('shop', role), scopeObject('shop', role)),
    ];
    for (const review of reviews) expect(await unlabelled(review)).not.toHaveProperty('warnings');
  });

  it('is told again if a namespace loses its label', async () => {
    const labelled = { metadata: { name: 'shop', labels: { 'cwii.dev/inject': 'enabled' }, annotations: role } };

    expect(await unlabelled(updated('/namespaces', labelled, scopeObject('shop', role)))).toHaveProperty('warnings');
  });
});

describe('A request that gets no advice', () => {
  it.each<{ what: string; change: (request: Review['request']) => void }>([
    { what: 'a deletion', change: (request) => Object.assign(request, { operation: 'DELETE', object: null }) },
    { what: 'a scale', change: (request) => Object.assign(request, { subResource: 'scale', object: {} }) },
    { what: 'a status', change: (request) => Object.assign(request, { subResource: 'status' }) },
  ])('is skipped without a read: $what of a Deployment', async ({ change }) => {
    const reader = servingCluster();

    const { response } = await ask(applied('apps/deployments', workloadOf(), change), {}, reader);

    expect(response).toMatchObject({ allowed: true, auditAnnotations: { outcome: 'skipped', reason: 'not-a-pod' } });
    expect(reader.reads).toEqual([]);
  });
});
