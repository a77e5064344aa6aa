// The options that all forms of `cwii check` share, and the context that they describe.

import { existsSync } from 'node:fs';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { readTextFile } from '../../lib/common/text-file.ts';
import { clusterIfAny, IF_IT_EXISTS } from '../cluster-option.ts';
import { KubeClient } from '../kubectl/kube-client.ts';
import { currentCluster } from '../kubectl/kubectl.ts';
import { stackOutputs } from '../manifests/stack-outputs.ts';
import { readWebhookCa } from '../manifests/webhook-ca.ts';
import { readSecret } from '../secret-file.ts';
import { categoryNames, checkCodes } from './check-codes.ts';
import { CheckContext } from './context.ts';
import { TimeLimits } from './time-limits.ts';
import { WebClient } from './web-client.ts';

const OUTPUTS = 'cdk-outputs.json';

export const reportFormats = ['text', 'json', 'junit'] as const;

export interface CheckOptions {
  readonly file?: string;
  readonly cluster?: string;
  readonly outputs?: string;
  readonly url?: string;
  readonly webhookCa?: string;
  readonly callerToken?: string;
  readonly kubeconfig?: string;
  readonly context?: string;
  readonly only?: readonly string[];
  readonly skip?: readonly string[];
  /** Milliseconds. */
  readonly wait?: number;
  /** Milliseconds, instead of the time limit of each check. */
  readonly timeout?: number;
  readonly output: (typeof reportFormats)[number];
  readonly quiet?: boolean;
  readonly network: boolean;
  readonly cloudEndpoint: ReadonlyMap<string, { readonly host: string; readonly port: number }>;
  readonly cloudCa?: string;
}

/** A context whose connections are closed at the end. */
export type OpenContext = AsyncDisposable & { readonly context: CheckContext };

export function addCheckOptions(command: Command): Command {
  return command
    .option('-f, --file <file>', `the cluster file; without it, fewer checks can be made ${IF_IT_EXISTS}`)
    .option('--cluster <name>', 'the cluster in the file; not needed if it has only one')
    .option('--outputs <file>', `the outputs of the deployed stack (default: ${OUTPUTS}, if it exists)`)
    .option('--url <url>', "the webhook's URL, if it is not in the outputs")
    .option(
      '--webhook-ca <file>',
      "for a webhook in the API server's files (cwii manifests --static): the CA of its certificate, if it is not public",
    )
    .option(
      '--caller-token <file>',
      "the API server's token for the webhook (default: caller-token-<name> if it exists)",
    )
    .option('--kubeconfig <file>', "the kubeconfig (default: kubectl's)")
    .option('--context <name>', 'the context in the kubeconfig (default: the current one)')
    .option('--only <names>', 'only these categories or codes, separated by commas', chosen)
    .option('--skip <names>', 'all but these categories or codes, separated by commas', chosen)
    .option('--wait <duration>', 'check again until nothing fails, at most this long, such as 90s or 5m', duration)
    .option(
      '--timeout <duration>',
      'the time limit of each check, which its requests follow, for a slow connection (default: 5s for most)',
      duration,
    )
    .addOption(new Option('-o, --output <format>', 'the form of the report').choices(reportFormats).default('text'))
    .option('-q, --quiet', 'show only what failed or needs attention')
    .option('--no-network', 'call only the API server, not the webhook, the issuer and the clouds')
    .addOption(
      new Option('--cloud-endpoint <host=address:port>', 'connect to an address instead of a host')
        .argParser(addEndpoint)
        .default(new Map())
        .hideHelp(),
    )
    .addOption(new Option('--cloud-ca <file>', 'the CA of these addresses in PEM').hideHelp());
}

/** @throws {CwiiError} for an unreadable or ambiguous cluster file, without kubectl or its context. */
export async function openContext(options: CheckOptions): Promise<OpenContext> {
  const cluster = clusterIfAny(options);
  const hasOutputs = cluster && (options.url !== undefined || options.outputs !== undefined || existsSync(OUTPUTS));
  const tokenFile = options.callerToken ?? (cluster && `caller-token-${cluster.name}`);
  const hasToken = tokenFile !== undefined && (options.callerToken !== undefined || existsSync(tokenFile));
  const callerToken = hasToken ? readCallerToken(tokenFile) : undefined;
  const cloudCa =
    options.cloudCa === undefined
      ? undefined
      : readTextFile(options.cloudCa, 'file-unreadable', { label: `--cloud-ca ${options.cloudCa}` });
  const webhookCa = options.webhookCa === undefined ? undefined : readWebhookCa(options.webhookCa);
  if (options.outputs !== undefined) requireOutputs(options.outputs);
  const kubeconfig = currentCluster(options);
  const limits = new TimeLimits(options.timeout);
  const kube = await KubeClient.connect(options);
  const context = new CheckContext({
    kube,
    kubeconfig,
    cluster,
    outputs: hasOutputs ? stackOutputs(options.outputs ?? OUTPUTS, cluster.name, options) : undefined,
    web: new WebClient({ enabled: options.network, hosts: options.cloudEndpoint, ca: cloudCa, limits }),
    limits,
    callerToken,
    webhookCa,
  });
  return { context, [Symbol.asyncDispose]: () => kube[Symbol.asyncDispose]() };
}

function readCallerToken(file: string): string {
  const remedyIfMissing = "name the file with the API server's token, or leave the option out";
  return readSecret(file, { label: `--caller-token ${file}`, remedyIfMissing });
}

/** A check reads the outputs later, and only if it needs them. */
function requireOutputs(file: string): void {
  const remedyIfMissing = `name the file that \`cdk deploy --outputs-file\` wrote`;
  readTextFile(file, 'outputs-unreadable', { label: `--outputs ${file}`, remedyIfMissing });
}

function chosen(text: string): string[] {
  const names = text.split(',').map((name) => name.trim());
  const known: readonly string[] = [...categoryNames, ...Object.keys(checkCodes)];
  const unknown = names.find((name) => !known.includes(name));
  if (unknown === undefined) return names;
  throw new InvalidArgumentError(
    `unknown category or check "${unknown}". The categories are ${categoryNames.join(', ')}; \`cwii explain\` lists the codes.`,
  );
}

function duration(text: string): number {
  const [, number = '', unit = ''] = /^(\d{1,6})(s|m)$/.exec(text) ?? [];
  if (number === '') throw new InvalidArgumentError('Write a number and s or m, such as 90s or 5m.');
  return Number(number) * (unit === 's' ? 1000 : 60_000);
}

function addEndpoint(
  text: string,
  endpoints: ReadonlyMap<string, { readonly host: string; readonly port: number }>,
): ReadonlyMap<string, { readonly host: string; readonly port: number }> {
  const [, from = '', host = '', port = ''] = /^([^=]+)=([^=]+):(\d+)$/.exec(text) ?? [];
  if (from === '') throw new InvalidArgumentError('Write HOST=ADDRESS:PORT.');
  return new Map([...endpoints, [from, { host, port: Number(port) }]]);
}
