// `cwii check pod` with what only a kubelet knows: logs through the API server, events and states.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pod, roleAnnotation } from '../manifests.ts';
import { type HealthyCluster, problemsIn, startHealthyCluster } from './healthy-cluster.ts';
import { type KubeletStandIn, NODE, postEvent, reportStatus, startKubelet } from './kubelet-stand-in.ts';

let healthy: HealthyCluster;
let kubelet: KubeletStandIn;
beforeAll(async () => {
  healthy = await startHealthyCluster();
  kubelet = await startKubelet(healthy.cluster, healthy.authority);
});
afterAll(async () => {
  await kubelet?.stop();
  await healthy?.stop();
});

const running = { state: { running: {} }, ready: true, restartCount: 0, image: 'app', imageID: '' };

/** A pod on the node, whose containers have the identity. */
async function podOnNode(name: string, spec: object = {}, annotations: Readonly<Record<string, string>> = {}) {
  const options = { annotations: { ...roleAnnotation(name), ...annotations }, nodeName: NODE, ...spec };
  await healthy.cluster.apply(JSON.stringify(pod('shop', name, options)));
  await reportStatus(healthy.cluster, 'shop', name, {
    phase: 'Running',
    containerStatuses: [{ name: 'app', ...running }],
  });
}

const problemsOf = async (name: string, ...args: readonly string[]) =>
  problemsIn(await healthy.report('pod', `shop/${name}`, ...args));
const SECRET = 'AKIAIOSFODNN7EXAMPLE';

describe('--logs', () => {
  it('reads the last lines of a container through the API server, and passes without an error', async () => {
    await podOnNode('quiet');
    kubelet.logs.set('shop/quiet/app', 'started\nready\n');

    expect(await problemsOf('quiet', '--logs')).toEqual([]);
    expect(kubelet.requests.at(-1)).toContain('tailLines=500');
  });

  const errors: Readonly<Record<string, readonly [log: string, words: string]>> = {
    'aws-denied': [
      `botocore.exceptions.ClientError: An error occurred (AccessDenied) when calling the AssumeRoleWithWebIdentity operation, key ${SECRET}`,
      'AccessDenied',
    ],
    'no-credentials': [
      'CredentialsProviderError: Could not load credentials from any providers',
      'Could not load credentials from any providers',
    ],
    'azure-subject': ['ManagedIdentityCredential: AADSTS700213: No matching federated identity record', 'AADSTS700213'],
    'gcp-target': ['google.auth.exceptions.OAuthError: ("Error code invalid_target")', 'invalid_target'],
  };
  it.each(Object.entries(errors))(
    '%s: names the error of the SDK, and nothing else of the log',
    async (name, [log, words]) => {
      await podOnNode(name);
      kubelet.logs.set(`shop/${name}/app`, `line before\n${log}\nline after\n`);
      const { stdout, status } = await healthy.check('pod', `shop/${name}`, '--logs');

      expect(stdout).toContain(`! container app: its log has ${words} [pod-logs]\n`);
      expect(stdout).not.toContain(SECRET);
      expect(stdout).not.toContain('line before');
      expect(status).toBe(0);
    },
  );

  it('reads the run before a restart too', async () => {
    await podOnNode('restarted');
    await reportStatus(healthy.cluster, 'shop', 'restarted', {
      containerStatuses: [
        { name: 'app', ...running, restartCount: 4, lastState: { terminated: { exitCode: 1, reason: 'Error' } } },
      ],
    });
    kubelet.logs.set('shop/restarted/app', 'started again\n');
    kubelet.logs.set('shop/restarted/app?previous', 'ExpiredTokenException: the token has expired\n');

    expect(await problemsOf('restarted', '--logs')).toEqual([
      'warning pod-logs container app: its log has ExpiredTokenException, and it was restarted 4 times',
    ]);
  });

  it('reads init containers, which often need the identity first', async () => {
    const env = [{ name: 'AWS_REGION', value: 'eu-central-1' }];
    const initContainers = [{ name: 'migrate', image: 'migrate', env }];
    await podOnNode('migrated', { initContainers });
    await reportStatus(healthy.cluster, 'shop', 'migrated', {
      initContainerStatuses: [
        { name: 'migrate', ...running, state: { terminated: { exitCode: 1 } }, image: 'migrate' },
      ],
      containerStatuses: [],
    });
    kubelet.logs.set('shop/migrated/migrate', 'NoCredentialProviders: no valid providers in chain\n');

    expect(await problemsOf('migrated', '--logs')).toEqual([
      'warning pod-logs container migrate: its log has NoCredentialProviders',
    ]);
  });

  it('is not asked for a log without the flag', async () => {
    await podOnNode('unread');
    kubelet.logs.set('shop/unread/app', 'AccessDenied\n');

    expect(await problemsOf('unread')).toEqual([]);
    expect(kubelet.requests.join()).not.toContain('/unread/');
  });

  it('skips a container whose log the kubelet does not have', async () => {
    await podOnNode('waiting');
    const { stdout } = await healthy.check('pod', 'shop/waiting', '--logs');

    expect(stdout).toContain(
      '? container app: the logs have no credential errors [pod-logs]: not checked: its log cannot',
    );
  });
});

describe('the verify container', () => {
  const annotations = { 'cwii.dev/aws-verify': 'true' };
  const ended = (terminated: object) => ({
    initContainerStatuses: [
      { name: 'cwii-aws-verify', ready: false, restartCount: 1, image: 'x', imageID: '', state: { terminated } },
    ],
  });

  it('that failed is told with the last line of its log', async () => {
    await podOnNode('verify', {}, annotations);
    await reportStatus(healthy.cluster, 'shop', 'verify', ended({ exitCode: 254 }));
    kubelet.logs.set(
      'shop/verify/cwii-aws-verify',
      'trying\nAn error occurred (InvalidIdentityToken) when calling AssumeRoleWithWebIdentity: No OpenIDConnect provider found\n',
    );

    expect(await problemsOf('verify')).toEqual([
      expect.stringMatching(
        /^failed pod-verify: container cwii-aws-verify ended with 254: An error .*InvalidIdentityToken/,
      ),
    ]);
  });

  it('that failed is told with its exit code if there is no log', async () => {
    await podOnNode('silent', {}, annotations);
    await reportStatus(healthy.cluster, 'shop', 'silent', ended({ exitCode: 2 }));

    expect(await problemsOf('silent')).toEqual(['failed pod-verify: container cwii-aws-verify ended with 2']);
  });

  it('that succeeded is not a problem', async () => {
    await podOnNode('proven', {}, annotations);
    await reportStatus(healthy.cluster, 'shop', 'proven', ended({ exitCode: 0 }));

    expect(await problemsOf('proven')).toEqual([]);
  });
});

describe('what keeps the pod from running', () => {
  const verified = { 'cwii.dev/aws-verify': 'true' };
  const verifier = (state: object) => ({
    phase: 'Pending',
    containerStatuses: [],
    initContainerStatuses: [
      { name: 'cwii-aws-verify', ready: false, restartCount: 3, image: 'x', imageID: '', ...state },
    ],
  });

  const faults: Readonly<
    Record<string, { status: object; problem: string; annotations?: Readonly<Record<string, string>> }>
  > = {
    'out-of-memory': {
      annotations: verified,
      status: verifier({ state: { terminated: { exitCode: 137, reason: 'OOMKilled' } } }),
      problem:
        'failed pod-runs: container cwii-aws-verify was killed, because it used more memory than the node or the pod has',
    },
    'out-of-memory-before': {
      annotations: verified,
      status: verifier({
        state: { waiting: { reason: 'CrashLoopBackOff', message: 'back-off 40s' } },
        lastState: { terminated: { exitCode: 137, reason: 'OOMKilled' } },
      }),
      problem:
        'failed pod-runs: container cwii-aws-verify was killed, because it used more memory than the node or the pod has',
    },
    'no-image': {
      annotations: verified,
      status: verifier({ state: { waiting: { reason: 'ImagePullBackOff', message: 'Back-off pulling image "x"' } } }),
      problem:
        'failed pod-runs: container cwii-aws-verify does not start: ImagePullBackOff: Back-off pulling image "x"',
    },
    evicted: {
      status: { phase: 'Failed', reason: 'Evicted', message: 'The node was low on resource: memory. ' },
      problem:
        'warning pod-runs: the kubelet ended it: Evicted: The node was low on resource: memory. (QoS class BestEffort)',
    },
    unschedulable: {
      status: {
        phase: 'Pending',
        conditions: [
          {
            type: 'PodScheduled',
            status: 'False',
            reason: 'Unschedulable',
            message: '0/3 nodes are available: 3 Insufficient memory.',
          },
        ],
      },
      problem: 'warning pod-runs: no node takes it: 0/3 nodes are available: 3 Insufficient memory.',
    },
  };
  it.each(Object.entries(faults))('%s is told once, with its cause', async (name, { annotations, status, problem }) => {
    await podOnNode(name, {}, annotations);
    await reportStatus(healthy.cluster, 'shop', name, status);

    expect(await problemsOf(name)).toEqual([problem]);
  });

  it('names the memory limit of a container that has one', async () => {
    const env = [{ name: 'AWS_REGION', value: 'eu-central-1' }];
    const resources = { requests: { cpu: '1', memory: '1Gi' } };
    await podOnNode('limited', { containers: [{ name: 'app', image: 'app', env, resources }] }, verified);
    await reportStatus(
      healthy.cluster,
      'shop',
      'limited',
      verifier({ state: { terminated: { exitCode: 137, reason: 'OOMKilled' } } }),
    );

    expect(await problemsOf('limited')).toEqual([expect.stringMatching(/more memory than its limit of 256Mi$/)]);
  });

  it('is not a container that only waits for its turn', async () => {
    await podOnNode('starting', {}, verified);
    await reportStatus(
      healthy.cluster,
      'shop',
      'starting',
      verifier({ state: { waiting: { reason: 'PodInitializing' } } }),
    );

    expect(await problemsOf('starting')).toEqual([]);
  });
});

describe('the events of the kubelet', () => {
  const failed = {
    reason: 'FailedMount',
    message:
      'MountVolume.SetUp failed for volume "cwii-aws-token" : failed to fetch token: serviceaccounts "default" not found',
  };

  it('about a volume of cwii are told once, however often they came', async () => {
    await podOnNode('mount');
    await postEvent(healthy.cluster, 'shop', 'mount', failed);
    await postEvent(healthy.cluster, 'shop', 'mount', failed);

    expect(await problemsOf('mount')).toEqual([`failed pod-mounts: FailedMount: ${failed.message}`]);
  });

  it('about other volumes, other pods and successes are not', async () => {
    await podOnNode('calm');
    const { cluster } = healthy;
    await postEvent(cluster, 'shop', 'calm', { ...failed, message: 'MountVolume.SetUp failed for volume "data"' });
    await postEvent(cluster, 'shop', 'calm', { reason: 'Pulled', message: 'pulled cwii-app', type: 'Normal' });
    await postEvent(cluster, 'shop', 'calmer', failed);

    expect(await problemsOf('calm')).toEqual([]);
  });

  it('and an error in the log are both told', async () => {
    await podOnNode('both');
    await postEvent(healthy.cluster, 'shop', 'both', failed);
    kubelet.logs.set('shop/both/app', 'Unable to locate credentials\n');

    expect(await problemsOf('both', '--logs')).toEqual([
      expect.stringContaining('failed pod-mounts: FailedMount'),
      'warning pod-logs container app: its log has Unable to locate credentials',
    ]);
  });
});
