// The formats, the exit status and the options of `cwii audit`.

import { describe, expect, it } from 'vitest';
import { cwii } from '../command.ts';
import { admitted, asks, deployment, namespace, pod, serviceAccount, textOf } from './objects.ts';

const checkout = serviceAccount('checkout', { annotations: asks('checkout') });
const cluster = [namespace(), checkout, ...deployment()];
const lacking = textOf([...cluster, pod('one'), await admitted(pod('two'), cluster)]);

const audit = (stdin: string, ...args: readonly string[]) => cwii(['audit', '-f', '-', ...args], { stdin });

describe('the table', () => {
  it('has a line for each workload, the reason, the command and a summary', async () => {
    expect(await audit(lacking)).toEqual({
      status: 0,
      stderr: '',
      stdout: `  STATE       NAMESPACE  WORKLOAD             PODS  IDENTITY
✗ lacking     shop       Deployment checkout  1/2   AWS checkout
    without what cwii.dev/aws-role-arn on ServiceAccount shop/checkout requests: probably older than it [not-admitted]
    → kubectl rollout restart deployment/checkout -n shop

1 workload, 2 pods: 1 lacking
`,
    });
  });

  it('leaves out workloads that do not ask, unless their state is named', async () => {
    const quiet = textOf([namespace(), serviceAccount('checkout'), ...deployment(), pod('one')]);

    expect((await audit(quiet)).stdout).toBe('1 workload, 1 pod: 1 not-asking\n');
    expect((await audit(quiet, '--only', 'not-asking')).stdout).toContain(
      '– not-asking  shop       Deployment checkout',
    );
  });

  it('names a ServiceAccount that no workload runs as', async () => {
    const wrong = textOf([
      namespace(),
      checkout,
      serviceAccount('default'),
      ...deployment({ serviceAccountName: 'default' }),
    ]);

    expect((await audit(wrong)).stdout).toContain(
      '! ServiceAccount shop/checkout asks for AWS arn:aws:iam::123456789012:role/checkout, but no workload runs as it',
    );
  });

  it('does not let a manifest write to the terminal', async () => {
    const hostile = serviceAccount('checkout', { annotations: { 'cwii.dev/aws-role-arn': '\u001b[2J\u202e' } });
    for (const format of ['table', 'json', 'csv']) {
      const { stdout } = await audit(textOf([namespace(), hostile, ...deployment(), pod('one')]), '-o', format);
      expect(stdout).not.toContain(String.fromCharCode(0x1b));
      expect(stdout).not.toContain('\u202e');
    }
  });
});

describe('CSV', () => {
  it('has a row for each workload', async () => {
    const { stdout } = await audit(lacking, '-o', 'csv');

    expect(stdout.split('\r\n')).toEqual([
      'state,namespace,kind,name,pods,service account,identities,accounts,codes,causes,restart',
      'lacking,shop,Deployment,checkout,2,checkout,AWS arn:aws:iam::123456789012:role/checkout,123456789012,not-admitted,without what cwii.dev/aws-role-arn on ServiceAccount shop/checkout requests: probably older than it,kubectl rollout restart deployment/checkout -n shop',
      '',
    ]);
  });

  it('has quotes where needed, and no formulas', async () => {
    const bad = serviceAccount('checkout', { annotations: { 'cwii.dev/aws-rol-arn': '=1,"2"' } });
    const { stdout } = await audit(textOf([namespace(), bad, ...deployment()]), '-o', 'csv');

    expect(stdout).toContain('"cwii.dev/aws-rol-arn ""=1,""2"""" on ServiceAccount shop/checkout:');
  });
});

describe('--fail-on', () => {
  it.each([
    ['lacking,stale', 1],
    ['stale', 0],
  ])('%s ends with status %i', async (states, status) => {
    expect((await audit(lacking, '--fail-on', states)).status).toBe(status);
  });

  it('rejects a state that does not exist', async () => {
    const { status, stderr } = await audit(lacking, '--fail-on', 'lackin');

    expect(status).toBe(2);
    expect(stderr).toContain('unknown state "lackin". The states are lacking, broken, stale,');
  });
});

describe('--restart', () => {
  it('prints only the commands', async () => {
    expect(await audit(lacking, '--restart')).toEqual({
      status: 0,
      stderr: '',
      stdout: 'kubectl rollout restart deployment/checkout -n shop\n',
    });
  });

  it.each([
    [['--yes'], "needs '--restart'"],
    [['--restart', '--yes'], 'needs a cluster'],
  ])('is needed, and needs a cluster: %j', async (args, words) => {
    const { status, stderr } = await audit(lacking, ...args);

    expect(status).toBe(2);
    expect(stderr).toContain(words);
  });
});

describe('-n', () => {
  it('chooses a namespace', async () => {
    expect((await audit(lacking, '-n', 'shop', '--only', 'lacking')).stdout).toContain('1 workload, 2 pods');
  });
});

describe('files', () => {
  it('without the objects that configure a running pod have a warning, and cannot pass --fail-on', async () => {
    const { stdout, stderr, status } = await audit(textOf([namespace(), pod('one')]), '--fail-on', 'lacking');

    expect(stdout).toBe('1 workload, 1 pod: 1 not-asking\n');
    expect(stderr).toMatch(
      /^cwii: warning: the files do not have .*ServiceAccount shop\/checkout.*, so what they request is not known; add them, such as with kubectl get pod,[a-z,]*serviceaccount[a-z,]* -A -o yaml \[audit-incomplete\]\n$/,
    );
    expect(status).toBe(2);
  });

  it('are read for one namespace, which must be among them', async () => {
    const all = textOf([...cluster, pod('one')]);

    expect((await audit(all, '-n', 'shop')).stdout).toContain('1 workload, 1 pod: 1 lacking');
    expect(await audit(all, '-n', 'shopp', '--fail-on', 'lacking')).toEqual({
      status: 2,
      stdout: '',
      stderr: 'cwii: the files have no object in namespace shopp; did you mean "shop"? [namespace-unknown]\n',
    });
    expect((await audit(all, '-n', 'other')).stderr).toContain('in namespace other; choose shop [namespace-unknown]');
  });

  it('are not read with -n and -A', async () => {
    const { stderr, status } = await audit('', '-n', 'shop', '-A');

    expect(stderr).toContain("option '--namespace' cannot be used with '--all-namespaces'");
    expect(status).toBe(2);
  });

  it('without workloads say so', async () => {
    expect((await audit(textOf([namespace(), checkout]))).stdout).toContain('no workloads\n');
  });
});
