// A cluster whose ServiceAccount shop/checkout all three clouds trust; tests then break one thing.
//
// The tokens are from a real API server. The clouds are fakes with the real verification and error texts.

import { mkdir, readdir, readFile } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { type Report, type ReportLine, reportSchema } from '../../../cli/check/report.ts';
import { createTestAuthority } from '../../../testing/certificates.ts';
import { writePrivateFile } from '../../../testing/cluster/api-server-files.ts';
import { type ControlPlane, startControlPlane } from '../../../testing/cluster/control-plane.ts';
import { createGuardian } from '../../../testing/guardian.ts';
import { cwii, type Ended } from '../../cli/command.ts';
import { type AwsAccount, answerAsSts } from '../../sdk/aws-endpoint.ts';
import { type AzureTenant, answerAsMicrosoft } from '../../sdk/azure-endpoint.ts';
import { answerAsGoogle, type GcpProject } from '../../sdk/gcp-endpoint.ts';
import { answerAsServices, type ServiceName, type ServiceTrust, serviceHosts } from '../../sdk/services-endpoint.ts';
import { type Answer, type CloudRequest, startStandIn } from '../../sdk/stand-in.ts';
import type { Jwks } from '../../sdk/token-issuer.ts';
import { serviceTrusts } from '../../sdk/trust.ts';
import { type Annotations, serviceAccount } from '../manifests.ts';
import { azure, gcpProvider } from '../three-clouds.ts';
import { type IssuerStandIn, startIssuerStandIn } from './issuer-stand-in.ts';

export const issuerUrl = 'https://oidc.example.com/my-cluster';
export const subject = 'system:serviceaccount:shop:checkout';
export const role = 'arn:aws:iam::123456789012:role/shop-checkout';
/** A role of another account, which trusts the first one. */
export const targetRole = { arn: 'arn:aws:iam::210987654321:role/shared-data', externalId: 'my-cluster' } as const;
export const account = 'checkout@my-project.iam.gserviceaccount.com';

export const annotations: Annotations = {
  'cwii.dev/aws-role-arn': role,
  'cwii.dev/az-client-id': azure.client,
  'cwii.dev/az-tenant-id': azure.tenant,
  'cwii.dev/gcp-audience': gcpProvider,
  'cwii.dev/gcp-service-account': account,
};

const hosts = {
  aws: ['sts.amazonaws.com', 'sts.eu-central-1.amazonaws.com'],
  azure: ['login.microsoftonline.com'],
  gcp: ['sts.googleapis.com', 'iamcredentials.googleapis.com'],
  services: serviceHosts,
} as const;

/** The setup of the clouds. */
export interface Trust {
  readonly aws: AwsAccount;
  readonly azure: AzureTenant;
  readonly gcp: GcpProject;
  readonly services: Readonly<Record<ServiceName, ServiceTrust>>;
  /** Replaces an answer, such as by one that never comes. */
  readonly instead?: (request: CloudRequest) => Answer | Promise<Answer> | undefined;
}

export interface TrustingClouds {
  readonly cluster: ControlPlane;
  readonly issuer: IssuerStandIn;
  /** The folder in which commands run, and their home. */
  readonly folder: string;
  /** A folder in the PATH, for stand-ins of programs. No other program of the machine takes part. */
  readonly programs: string;
  /** Runs with another trust, and then restores it. */
  with<T>(change: (trust: Trust) => Partial<Trust>, run: () => Promise<T>): Promise<T>;
  /** Replaces the ServiceAccount shop/checkout. */
  annotate(annotations: Annotations): Promise<void>;
  /** Writes a cwii.yaml with these keys of the cluster. @returns its path. */
  clusterFile(entry: object): Promise<string>;
  /** Runs commands with this token instead of the administrator's. */
  asUser<T>(token: string, run: () => Promise<T>): Promise<T>;
  run(...args: readonly string[]): Promise<Ended>;
  /** `cwii check serviceaccount <args>`, whose output is checked for secrets. */
  check(...args: readonly string[]): Promise<Ended>;
  report(...args: readonly string[]): Promise<Report>;
  /** The lines of one check of shop/checkout. */
  linesOf(code: string): Promise<readonly ReportLine[]>;
  stop(): Promise<void>;
}

export async function startTrustingClouds(): Promise<TrustingClouds> {
  const guardian = createGuardian();
  const folder = guardian.directory;
  const authority = await createTestAuthority();
  const cluster = await startControlPlane({ issuer: issuerUrl });
  const issuer = await startIssuerStandIn(issuerUrl, await authority.issue([new URL(issuerUrl).host]));
  await issuer.publish(cluster);
  const jwks = JSON.parse((await cluster.kubectl(['get', '--raw', '/openid/v1/jwks'])).stdout) as Jwks;
  let trust = trustOf(jwks);
  const requests: CloudRequest[] = [];
  const certificate = await authority.issue(Object.values(hosts).flat());
  const answer = async (request: CloudRequest): Promise<Answer> => {
    requests.push(request);
    const answers = {
      aws: answerAsSts(trust.aws),
      azure: answerAsMicrosoft(trust.azure),
      gcp: answerAsGoogle(trust.gcp),
      services: answerAsServices(trust.services),
    };
    const [cloud] = Object.entries(hosts).find(([, names]) => names.some((name) => name === request.host)) ?? [];
    const known = answers[(cloud ?? 'aws') as keyof typeof answers];
    return (await trust.instead?.(request)) ?? known(request);
  };
  const clouds = await startStandIn(Object.values(hosts).flat(), certificate, answer);
  const caFile = await writePrivateFile(folder, 'clouds-ca.crt', authority.certPem);
  const programs = join(folder, 'bin');
  await mkdir(programs);
  await cluster.createNamespace('shop');

  const endpoints = [...clouds.hosts.map((host) => [host, clouds.port] as const), [issuer.host, issuer.port] as const];
  let kubeconfig = cluster.kubeconfigPath;
  const run = (...args: readonly string[]) =>
    cwii([...args, '--kubeconfig', kubeconfig], {
      cwd: folder,
      env: { PATH: [dirname(process.execPath), programs, cluster.kubectlFolder].join(delimiter), HOME: folder },
    });
  const check = async (...args: readonly string[]) => {
    const given = args.filter((_, index) => args[index - 1] === '--cloud-endpoint').map((one) => one.split('=')[0]);
    const own = endpoints
      .filter(([host]) => !given.includes(host))
      .flatMap(([host, port]) => ['--cloud-endpoint', `${host}=127.0.0.1:${port}`]);
    const ended = await run('check', 'serviceaccount', '--timeout', '60s', ...args, ...own, '--cloud-ca', caFile);
    await assertNoSecret(ended, requests, folder);
    return ended;
  };
  const annotate = async (chosen: Annotations) => {
    await cluster.kubectl(['delete', 'serviceaccount', 'checkout', '-n', 'shop', '--ignore-not-found']);
    await cluster.api('POST', '/api/v1/namespaces/shop/serviceaccounts', serviceAccount('shop', 'checkout', chosen));
  };
  await annotate(annotations);

  const report = async (...args: readonly string[]) => {
    const { stdout, stderr } = await check(...args, '-o', 'json');
    if (stdout === '') throw new Error(`cwii check printed no report: ${stderr}`);
    return reportSchema.parse(JSON.parse(stdout));
  };

  return {
    cluster,
    issuer,
    folder,
    programs,
    with: async (change, then) => {
      trust = { ...trust, ...change(trust) };
      try {
        return await then();
      } finally {
        trust = trustOf(jwks);
      }
    },
    annotate,
    clusterFile: (entry) => {
      const own = {
        name: 'test',
        api: { url: 'https://api.example.com' },
        issuer: issuerUrl,
        credential: { none: {} },
        callers: { tokenSha256: ['9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08'] },
      };
      return writePrivateFile(folder, 'cwii-of-test.yaml', JSON.stringify({ clusters: [{ ...own, ...entry }] }));
    },
    asUser: async (token, then) => {
      const admin = await readFile(cluster.kubeconfigPath, 'utf8');
      kubeconfig = await writePrivateFile(folder, 'user.kubeconfig', admin.replaceAll(cluster.adminToken, token));
      return then().finally(() => {
        kubeconfig = cluster.kubeconfigPath;
      });
    },
    run,
    check,
    report,
    linesOf: async (code) => {
      const { categories } = await report('shop/checkout');
      return categories.flatMap(({ checks }) => checks).filter((line) => line.code === code);
    },
    stop: async () => {
      await clouds.stop();
      await issuer.stop();
      await cluster.stop();
      await guardian.release();
    },
  };
}

function trustOf(jwks: Jwks): Trust {
  const identity = { issuer: issuerUrl, jwks };
  return {
    aws: {
      ...identity,
      clientIds: ['sts.amazonaws.com'],
      roles: { [role]: { aud: 'sts.amazonaws.com', sub: subject } },
      otherRoles: { [targetRole.arn]: { trusts: role, externalId: targetRole.externalId } },
    },
    services: serviceTrusts(identity, subject),
    azure: {
      ...identity,
      tenantId: azure.tenant,
      applications: { [azure.client]: { subject, audience: 'api://AzureADTokenExchange' } },
    },
    gcp: {
      ...identity,
      id: 'my-project',
      number: '123456789012',
      allowedAudiences: { [gcpProvider]: [] },
      subjects: [subject],
      serviceAccounts: { [account]: [subject] },
      viewers: [],
    },
  };
}

/** No output and no file has a token that a cloud saw, or a credential that a cloud gave. */
async function assertNoSecret(ended: Ended, requests: readonly CloudRequest[], folder: string): Promise<void> {
  const tokens = requests.flatMap(({ body, form, headers }) => [
    ...(body.match(/eyJ[\w-]+\.[\w-]+\.[\w-]+/g) ?? []),
    ...Object.values(form).filter((value) => value.startsWith('eyJ')),
    headers.authorization?.replace(/^SKIP$/, '') || undefined,
  ]);
  const signatures = tokens.filter((token) => token !== undefined).map((token) => token.split('.').at(-1) ?? token);
  const ofClouds = ['secret-of-the-session', 'ASIACLKWSDQRAOEXAMPLE', 'access token of', 'federated token of'];
  const given = [...ofClouds, 'token of fdrl_', 'session of acs:', 'session of qcs:'];
  const files = (await readdir(folder, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile());
  const texts = [ended.stdout, ended.stderr];
  for (const { parentPath, name } of files) texts.push(await readFile(join(parentPath, name), 'utf8'));
  for (const secret of [...signatures, ...given])
    if (texts.some((text) => text.includes(secret)))
      throw new Error(`an output has the secret ${secret.slice(0, 12)}…`);
}

/** The results by code, of a report with one ServiceAccount. */
export function resultsOf({ categories }: Report): Record<string, string> {
  return Object.fromEntries(categories.flatMap(({ checks }) => checks.map(({ code, result }) => [code, result])));
}
