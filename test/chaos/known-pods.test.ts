// Faults while pods that cwii knows are changed: created again, debugged, or owned through a chain.

import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { faultCases } from '../../testing/fault-table.ts';
import { hang, resetMidBody, statusObject } from '../../testing/network/faults.ts';
import { debuggerRole, registerDebugEntry } from '../cluster/debug-entry.ts';
import { pod, roleAnnotation, roleArn } from '../cluster/manifests.ts';
import { controlledBy, ownedPod, runner, runnerDefinition } from '../cluster/owned-pods.ts';
import { asNew, envOf, roleOf, type StoredPod, volumeAt } from '../cluster/stored-pod.ts';
import { type BrokenCluster, startBrokenCluster } from './broken-cluster.ts';

const once = [
  { how: 'is cut off', fault: resetMidBody },
  { how: 'is answered with 503', fault: statusObject(503) },
  { how: 'is never answered', fault: hang },
];

/** The faults that are not over after a retry. */
const permanent = faultCases.filter(({ fault, code }) => fault && code !== 'cluster-timeout');

describe.each([
  { protocol: 'HTTP/2', http1Only: false },
  { protocol: 'HTTP/1.1', http1Only: true },
])('over $protocol,', ({ http1Only }) => {
  let broken: BrokenCluster;
  beforeAll(async () => {
    broken = await startBrokenCluster({ CWII_OWNER_KINDS: 'example.com/v1/runners=Runner' }, { http1Only });
  });
  afterEach(() => broken.heal());
  afterAll(() => broken?.stop());

  describe('a pod that is created again under other settings', () => {
    const directory = '/run/identities/aws';
    let first: StoredPod;
    let copies = 0;
    const createAgain = (source: StoredPod) => broken.cluster.kubectlCreate(asNew(`again-${copies++}`, source));

    beforeAll(async () => {
      const { cluster } = broken;
      await broken.addLater({ CWII_TOKEN_EXPIRATION: '7200', CWII_MOUNT_ROOT: '/run/identities' });
      await cluster.addNamespace('again', { calledBy: ['chaos'] });
      first = await cluster.create(pod('again', 'first', { annotations: roleAnnotation('again') }));
      // From now on, only the other function is called.
      await cluster.addNamespace('moved', { calledBy: ['later'] });
      first = { ...first, metadata: { ...first.metadata, namespace: 'moved' } };
    });

    const expectMoved = async (stored: StoredPod) => {
      expect(envOf(stored)).toMatchObject({
        AWS_ROLE_ARN: roleArn('again'),
        AWS_WEB_IDENTITY_TOKEN_FILE: `${directory}/token`,
      });
      const token = volumeAt(stored, directory)?.projected?.sources[0]?.serviceAccountToken;
      expect(token).toMatchObject({ expirationSeconds: 7200 });
      const second = await createAgain(stored);
      expect(second).toMatchObject({ code: 0, stderr: '' });
      expect(second.stored().spec).toEqual(stored.spec);
    };

    it.each(once)('is brought up to date if a read $how once, and stays so', async ({ fault }) => {
      broken.proxy.fail(fault, { times: 1 });
      const { code, stderr, stored } = await createAgain(first);

      expect({ code, stderr }).toMatchObject({ code: 0, stderr: expect.stringContaining('earlier admission') });
      await expectMoved(stored());
    });

    it.each(permanent)('is refused, not half updated, while the API server $what', async ({ fault = hang, code }) => {
      broken.proxy.fail(fault);
      const refused = await createAgain(first);

      expect(refused.code).toBe(1);
      expect(refused.stderr).toContain('could not be read from the cluster');
      expect(refused.stderr).not.toContain('volume-name-taken');
      expect(code).toMatch(/^cluster-/);
      await broken.heal();
      await expectMoved((await createAgain(first)).stored());
    });
  });

  describe('an ephemeral container', () => {
    const path = '/api/v1/namespaces/debugged/pods/app';
    beforeAll(async () => {
      const { cluster, webhook } = broken;
      await cluster.addNamespace('debugged', { calledBy: ['chaos'] });
      await registerDebugEntry(cluster, webhook, 'chaos');
      await cluster.create(pod('debugged', 'app', { annotations: roleAnnotation('debugged') }));
      let attempt = 0;
      await cluster.waitFor('the webhook to be called for ephemeral containers', async () => {
        const name = `try-${attempt++}`;
        await debug(name);
        return (await roleOfNew(name)) !== undefined;
      });
    });

    const debug = (name: string) =>
      broken.cluster.kubectl([
        ...['-n', 'debugged', 'debug', 'app', '--image=busybox', '--profile=general', `--container=${name}`],
      ]);
    const roleOfNew = async (name: string) => debuggerRole(await broken.cluster.api<StoredPod>('GET', path), name);

    it.each(once)('gets the identity of its pod if a read $how once', async ({ how, fault }) => {
      broken.proxy.fail(fault, { times: 1 });
      const name = `once-${how.replaceAll(' ', '-')}`;

      expect(await debug(name)).toMatchObject({ code: 0 });
      expect(await roleOfNew(name)).toBe(roleArn('debugged'));
    });

    it.each(permanent)('is refused while the API server $what, and gets the identity afterwards', async (faultCase) => {
      const before = await broken.cluster.api<StoredPod>('GET', path);
      broken.proxy.fail(faultCase.fault ?? hang);
      const name = `after-${permanent.indexOf(faultCase)}`;
      const refused = await debug(name);

      expect(refused.code).toBe(1);
      expect(refused.stderr).toContain('could not be read from the cluster');
      expect(await broken.cluster.api<StoredPod>('GET', path)).toEqual(before);
      await broken.heal();
      expect(await debug(name)).toMatchObject({ code: 0 });
      expect(await roleOfNew(name)).toBe(roleArn('debugged'));
    });
  });

  describe('a pod at the end of a chain of owners', () => {
    const links = ['root', 'middle', 'leaf'];
    let owner: ReturnType<typeof controlledBy>;
    let pods = 0;
    beforeAll(async () => {
      const { cluster } = broken;
      await cluster.apply(runnerDefinition);
      await cluster.addNamespace('chain', { calledBy: ['chaos'] });
      for (const name of links) {
        const metadata = name === 'root' ? { annotations: roleAnnotation('root') } : { ownerReferences: [owner] };
        const { metadata: stored } = await cluster.waitFor('the API of runners', () =>
          cluster.create(runner('chain', name, metadata)),
        );
        owner = controlledBy('example.com/v1', 'Runner', name, stored.uid);
      }
    });

    const createPod = () => {
      const manifest = ownedPod('chain', owner);
      return broken.cluster.kubectlCreate({
        ...manifest,
        metadata: { ...manifest.metadata, name: `claimant-${pods++}` },
      });
    };
    const combinations = links.flatMap((link) => once.map((one) => ({ link, ...one })));

    it.each(combinations)(
      'has the role of the first link if the read of the $link $how once',
      async ({ link, fault }) => {
        broken.proxy.fail(fault, { of: new RegExp(`/runners/${link}$`), times: 1 });

        expect(roleOf((await createPod()).stored())).toBe(roleArn('root'));
      },
    );

    it.each(links)('is refused while the read of the %s fails, and the message names it', async (link) => {
      broken.proxy.fail(statusObject(500), { of: new RegExp(`/runners/${link}$`) });
      const { code, stderr } = await createPod();

      expect(code).toBe(1);
      expect(stderr).toContain(`cwii: Runner chain/${link} could not be read from the cluster`);
      await broken.heal();
      expect(roleOf((await createPod()).stored())).toBe(roleArn('root'));
    });
  });
});
