// The configuration: every environment variable, parsed once and strictly. docs/configuration.md comes from this table.

import { X509Certificate } from 'node:crypto';
import type { MutateSettings } from './admission/mutate.ts';
import type { CallerRules } from './caller.ts';
import { builtInOwnerKinds, parseOwnerKinds } from './cluster/owners.ts';
import { ConfigError } from './errors.ts';
import { LONGEST_EXPIRATION, SHORTEST_EXPIRATION } from './providers/token.ts';

const PREFIX = 'CWII_';

interface Setting<Value> {
  readonly effect: string;
  /** The text that holds where the variable is not set; undefined: the setting is then absent. */
  readonly byDefault?: string;
  readonly example: string;
  /** @throws {Error} whose message continues the sentence `<NAME> …`. */
  readonly parse: (text: string) => Value;
}

/** Every variable. What is set but not listed here is refused, because it would silently have no effect. */
export const settings = {
  CWII_CALLER_TOKEN_SHA256: setting({
    effect: 'SHA-256 digests, in hex, of the bearer tokens that callers may use; comma-separated, two while rotating.',
    example: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
    parse: digests,
  }),
  CWII_PATH_KEY_SHA256: setting({
    effect:
      'SHA-256 digests, in hex, of keys that callers may use in the path `/k/<key>`. Weaker than a token: on a failed call the API server prints the whole URL to whoever created the pod.',
    example: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
    parse: digests,
  }),
  CWII_ALLOW_ANONYMOUS: setting({
    effect: 'Accept every caller. Needed to start without any digest, and refused together with one.',
    byDefault: 'false',
    example: 'true',
    parse: boolean,
  }),
  CWII_CLUSTER_NAME: setting({ effect: "The cluster's name in log lines.", example: 'prod-eu', parse: String }),
  CWII_KUBE_API_URL: setting({
    effect: "The cluster's API server, as the function reaches it.",
    example: 'https://api.cluster.example.com:6443',
    parse: httpsUrl,
  }),
  CWII_KUBE_CA: setting({
    effect: "The API server's certificate authorities, PEM. Not set: the roots that Node.js trusts.",
    example: '-----BEGIN CERTIFICATE-----…',
    parse: certificates,
  }),
  CWII_KUBE_CREDENTIAL: setting({
    effect:
      'How the function authenticates to the cluster: `file:PATH` reads a bearer token from a file, again when it changes; `none` reads nothing, so that only annotations on the pod itself count.',
    byDefault: 'none',
    example: 'file:/etc/cwii/token',
    parse: credential,
  }),
  CWII_AWS_ENABLED: setting({
    effect: 'Whether pods can ask for AWS.',
    byDefault: 'true',
    example: 'false',
    parse: boolean,
  }),
  CWII_AWS_DEFAULT_AUDIENCE: setting({
    effect: 'The audience of AWS tokens where no annotation sets one.',
    byDefault: 'sts.amazonaws.com',
    example: 'sts.amazonaws.com',
    parse: nonEmpty,
  }),
  CWII_AWS_VERIFY_IMAGE: setting({
    effect: 'The image of the verify container where no annotation sets one.',
    byDefault: 'amazon/aws-cli:latest',
    example: 'registry.example.com/aws-cli:2.31.0',
    parse: nonEmpty,
  }),
  CWII_TOKEN_EXPIRATION: setting({
    effect: 'Lifetime of projected tokens in seconds where no annotation sets one.',
    byDefault: '3600',
    example: '7200',
    parse: numberBetween(SHORTEST_EXPIRATION, LONGEST_EXPIRATION),
  }),
  CWII_MOUNT_ROOT: setting({
    effect: 'The directory in containers below which each cloud has its own.',
    byDefault: '/var/run/secrets/cwii.dev',
    example: '/var/run/secrets/cwii.dev',
    parse: absolutePath,
  }),
  CWII_OWNER_KINDS: setting({
    effect:
      'Further kinds that own pods, comma-separated `group/version/plural=Kind`. The function needs `get` on each.',
    byDefault: '',
    example: 'argoproj.io/v1alpha1/rollouts=Rollout',
    parse: parseOwnerKinds,
  }),
  CWII_ON_INVALID: setting({
    effect:
      '`deny` or `warn` for every value that makes an identity impossible. Not set: denied on the pod and its owner, warned of on its ServiceAccount and namespace.',
    example: 'warn',
    parse: oneOf('deny', 'warn'),
  }),
  CWII_ON_READ_FAILURE: setting({
    effect:
      "What happens when the cluster cannot be read: `fail` fails the call, so that the webhook's failurePolicy decides; `deny` refuses the pod, which holds under failurePolicy Ignore too.",
    byDefault: 'fail',
    example: 'deny',
    parse: oneOf('fail', 'deny'),
  }),
  CWII_CACHE_SECONDS: setting({
    effect:
      'How long an object that was read may be used again. A cached object can give an identity, never withhold one.',
    byDefault: '2',
    example: '0',
    parse: numberBetween(0, 60),
  }),
  CWII_DEADLINE_MARGIN_MS: setting({
    effect: "How many milliseconds before the API server's timeout the answer leaves.",
    byDefault: '1000',
    example: '500',
    parse: numberBetween(0, 10_000),
  }),
};

export type SettingName = keyof typeof settings;

/** How the function reads the cluster; `file` is the path of a bearer token. */
export interface ClusterAccess {
  readonly url: URL;
  /** PEM; undefined: the roots that Node.js trusts. */
  readonly ca: string | undefined;
  readonly credential: { readonly kind: 'file'; readonly path: string };
}

export interface Config {
  readonly callers: CallerRules;
  readonly clusterName: string | undefined;
  /** Undefined: the cluster is not read. */
  readonly cluster: ClusterAccess | undefined;
  readonly mutate: MutateSettings;
  readonly onReadFailure: 'fail' | 'deny';
  readonly cacheSeconds: number;
  readonly deadlineMarginMs: number;
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads the whole configuration.
 *
 * @throws {ConfigError} naming every variable at fault, not only the first.
 */
export function parseConfig(env: Environment): Config {
  const problems: string[] = [];
  const values = parseSettings(env, problems);
  const callers = {
    tokenDigests: values.CWII_CALLER_TOKEN_SHA256 ?? [],
    pathKeyDigests: values.CWII_PATH_KEY_SHA256 ?? [],
    anonymous: values.CWII_ALLOW_ANONYMOUS ?? false,
  };
  checkCallers(env, callers, problems);
  const cluster = readClusterAccess(env, values, problems);
  if (problems.length > 0) throw new ConfigError(problems);
  return {
    callers,
    clusterName: values.CWII_CLUSTER_NAME,
    cluster,
    mutate: mutateSettings(values),
    onReadFailure: required(values, 'CWII_ON_READ_FAILURE'),
    cacheSeconds: required(values, 'CWII_CACHE_SECONDS'),
    deadlineMarginMs: required(values, 'CWII_DEADLINE_MARGIN_MS'),
  };
}

/**
 * Only what decides how pods are mutated: enough for a preview, which has no callers and no cluster.
 *
 * @throws {ConfigError} naming every variable at fault.
 */
export function parseMutateSettings(env: Environment): MutateSettings {
  const problems: string[] = [];
  const values = parseSettings(env, problems);
  if (problems.length > 0) throw new ConfigError(problems);
  return mutateSettings(values);
}

type Values = { [Name in SettingName]?: ReturnType<(typeof settings)[Name]['parse']> };

function parseSettings(env: Environment, problems: string[]): Values {
  for (const name of Object.keys(env)) {
    if (name.startsWith(PREFIX) && !Object.hasOwn(settings, name))
      problems.push(`${name} is no setting of cwii; docs/configuration.md lists them`);
  }
  const values: Record<string, unknown> = {};
  for (const [name, { parse, byDefault }] of Object.entries<Setting<unknown>>(settings)) {
    const text = env[name]?.trim() || byDefault;
    if (text === undefined) continue;
    try {
      values[name] = parse(text);
    } catch (error) {
      problems.push(
        error instanceof ConfigError ? `${name}: ${error.problems.join('; ')}` : `${name} ${(error as Error).message}`,
      );
    }
  }
  return values as Values;
}

function required<Name extends SettingName>(values: Values, name: Name): NonNullable<Values[Name]> {
  const value = values[name];
  if (value === undefined || value === null)
    throw new ConfigError([`${name} has no value and no default; this is a defect of cwii`]);
  return value;
}

function mutateSettings(values: Values): MutateSettings {
  return {
    providers: {
      aws: {
        enabled: required(values, 'CWII_AWS_ENABLED'),
        defaultAudience: required(values, 'CWII_AWS_DEFAULT_AUDIENCE'),
        verifyImage: required(values, 'CWII_AWS_VERIFY_IMAGE'),
      },
    },
    ownerKinds: [...builtInOwnerKinds, ...required(values, 'CWII_OWNER_KINDS')],
    tokenExpiration: required(values, 'CWII_TOKEN_EXPIRATION'),
    mountRoot: required(values, 'CWII_MOUNT_ROOT'),
    onInvalid: values.CWII_ON_INVALID,
  };
}

function checkCallers(env: Environment, callers: CallerRules, problems: string[]): void {
  const configured = Boolean(env['CWII_CALLER_TOKEN_SHA256']?.trim() || env['CWII_PATH_KEY_SHA256']?.trim());
  if (callers.anonymous && configured) {
    problems.push(
      'CWII_ALLOW_ANONYMOUS is true although a caller token or path key is configured, which it would make worthless; remove one of them',
    );
  }
  if (!callers.anonymous && !configured) {
    problems.push(
      "CWII_CALLER_TOKEN_SHA256 is not set, so that nobody could call; set it to the SHA-256 of the token in the API server's webhook kubeconfig (or CWII_PATH_KEY_SHA256, or CWII_ALLOW_ANONYMOUS=true to accept everybody)",
    );
  }
}

function readClusterAccess(env: Environment, values: Values, problems: string[]): ClusterAccess | undefined {
  const { CWII_KUBE_CREDENTIAL: credential, CWII_KUBE_API_URL: url, CWII_KUBE_CA: ca } = values;
  if (credential?.kind === 'file') {
    if (url) return { url, ca, credential };
    if (!env['CWII_KUBE_API_URL']?.trim())
      problems.push("CWII_KUBE_API_URL is not set, but CWII_KUBE_CREDENTIAL is; set it to the API server's URL");
  } else if (credential?.kind === 'none' && (url || ca)) {
    const name = url ? 'CWII_KUBE_API_URL' : 'CWII_KUBE_CA';
    problems.push(
      `${name} is set, but CWII_KUBE_CREDENTIAL is not, so that the cluster could not be read; set it to file:PATH, or remove ${name}`,
    );
  }
  return undefined;
}

// The parsers. Each throws an Error whose message continues the sentence "<NAME> …".

function setting<Value>(definition: Setting<Value>): Setting<Value> {
  return definition;
}

function boolean(text: string): boolean {
  const value = text.toLowerCase();
  if (value !== 'true' && value !== 'false') throw new Error(`is "${text}"; write true or false`);
  return value === 'true';
}

function numberBetween(least: number, most: number) {
  return (text: string): number => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < least || value > most)
      throw new Error(`is "${text}"; write a whole number from ${least} to ${most}`);
    return value;
  };
}

function oneOf<const Choice extends string>(...choices: Choice[]) {
  return (text: string): Choice => {
    const choice = choices.find((candidate) => candidate === text);
    if (choice === undefined) throw new Error(`is "${text}"; write ${choices.join(' or ')}`);
    return choice;
  };
}

function nonEmpty(text: string): string {
  return text;
}

function digests(text: string): Buffer[] {
  return text.split(',').map((entry) => {
    // The value is not shown: somebody may have put the secret itself there.
    if (!/^[0-9a-f]{64}$/i.test(entry.trim()))
      throw new Error('has an entry that is no SHA-256 digest; write 64 hex digits, as `sha256sum` prints them');
    return Buffer.from(entry.trim(), 'hex');
  });
}

function httpsUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol !== 'https:' || url.search || url.hash || url.username || url.password) {
    throw new Error(`is no URL of an API server; write https://HOST[:PORT][/PATH], without user, query and fragment`);
  }
  return url;
}

function certificates(text: string): string {
  // Some tools keep an environment variable on one line, with the line breaks written as \n.
  const pem = text.replaceAll('\\n', '\n');
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g);
  if (!blocks)
    throw new Error("has no PEM certificate; write the API server's CA, from -----BEGIN CERTIFICATE----- on");
  for (const block of blocks) {
    try {
      new X509Certificate(block);
    } catch (error) {
      throw new Error('has a PEM block that is no certificate', { cause: error });
    }
  }
  return `${blocks.join('\n')}\n`;
}

function credential(text: string): { kind: 'none' } | { kind: 'file'; path: string } {
  if (text === 'none') return { kind: 'none' };
  const path = /^file:(.+)$/.exec(text)?.[1];
  if (path === undefined) throw new Error('is no credential; write file:PATH or none');
  return { kind: 'file', path };
}

function absolutePath(text: string): string {
  if (!/^(\/[\w.-]+)+$/.test(text) || /\/\.\.?(\/|$)/.test(text))
    throw new Error(`is "${text}"; write an absolute path without a trailing slash`);
  return text;
}
