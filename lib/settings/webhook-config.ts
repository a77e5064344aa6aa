// The configuration: parsed once and strictly, so that the rest of the code gets a typed object.

import type { CallerRules } from '../../functions/webhook/caller-rules.ts';
import type { MutateSettings } from '../admission/decide.ts';
import { ConfigError } from '../common/errors.ts';
import { builtInOwnerKinds } from '../kubernetes/owner-kinds.ts';
import { type ClusterAccess, credentialSource } from './cluster-credential.ts';
import { isApiServerAudience } from './guard-rails.ts';
import { type Setting, type SettingName, settings } from './webhook-settings.ts';

const PREFIX = 'CWII_';

export interface Config {
  readonly callers: CallerRules;
  readonly clusterName: string | undefined;
  /** Undefined: the cluster is not read. */
  readonly cluster: ClusterAccess | undefined;
  /** Text or path of the static annotations; never together with a cluster to read. */
  readonly staticAnnotations: string | undefined;
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
  checkAudiences(values, problems);
  const cluster = readClusterAccess(env, values, problems);
  if (cluster && values.CWII_STATIC_ANNOTATIONS) {
    problems.push(
      'CWII_STATIC_ANNOTATIONS is set although the cluster is read (CWII_KUBE_CREDENTIAL); remove one of them',
    );
  }
  if (problems.length > 0) throw new ConfigError(problems);
  return {
    callers,
    clusterName: values.CWII_CLUSTER_NAME,
    cluster,
    staticAnnotations: values.CWII_STATIC_ANNOTATIONS,
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
    if (name.startsWith('CWII_ALLOWED_') && env[name]?.trim() === '') {
      problems.push(`${name} is set but empty, which would allow everything; write patterns, or remove it`);
    }
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
        defaultRegion: values.CWII_AWS_DEFAULT_REGION,
        setDefaultRegion: required(values, 'CWII_AWS_SET_DEFAULT_REGION'),
      },
      az: {
        enabled: required(values, 'CWII_AZ_ENABLED'),
        defaultAudience: required(values, 'CWII_AZ_DEFAULT_AUDIENCE'),
        verifyImage: required(values, 'CWII_AZ_VERIFY_IMAGE'),
        defaultTenantId: values.CWII_AZ_DEFAULT_TENANT_ID,
      },
      gcp: {
        enabled: required(values, 'CWII_GCP_ENABLED'),
        defaultAudience: values.CWII_GCP_DEFAULT_AUDIENCE,
        verifyImage: required(values, 'CWII_GCP_VERIFY_IMAGE'),
        writerImage: required(values, 'CWII_GCP_WRITER_IMAGE'),
      },
    },
    ownerKinds: [...builtInOwnerKinds, ...required(values, 'CWII_OWNER_KINDS')],
    tokenExpiration: required(values, 'CWII_TOKEN_EXPIRATION'),
    mountRoot: required(values, 'CWII_MOUNT_ROOT'),
    onInvalid: values.CWII_ON_INVALID,
    allowed: {
      CWII_ALLOWED_ROLE_ARNS: values.CWII_ALLOWED_ROLE_ARNS,
      CWII_ALLOWED_GCP_SERVICE_ACCOUNTS: values.CWII_ALLOWED_GCP_SERVICE_ACCOUNTS,
      CWII_ALLOWED_AZ_CLIENT_IDS: values.CWII_ALLOWED_AZ_CLIENT_IDS,
      CWII_ALLOWED_AZ_AUTHORITY_HOSTS: values.CWII_ALLOWED_AZ_AUTHORITY_HOSTS,
      CWII_ALLOWED_AUDIENCES: values.CWII_ALLOWED_AUDIENCES,
      CWII_ALLOWED_VERIFY_IMAGES: values.CWII_ALLOWED_VERIFY_IMAGES,
    },
    apiAudiences: apiAudiences(values),
    nativeAnnotations: required(values, 'CWII_NATIVE_ANNOTATIONS'),
    markPods: required(values, 'CWII_MARK_PODS'),
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

function checkAudiences(values: Values, problems: string[]): void {
  const known = apiAudiences(values);
  for (const name of ['CWII_AWS_DEFAULT_AUDIENCE', 'CWII_AZ_DEFAULT_AUDIENCE'] as const) {
    const value = values[name];
    if (value !== undefined && isApiServerAudience(value, known)) {
      problems.push(`${name} is the API server's own audience; a cloud that got such a token could use the cluster`);
    }
  }
}

/** What is known of the API server's audiences before any token was got; with web identity its own is among them. */
function apiAudiences({
  CWII_API_AUDIENCES,
  CWII_KUBE_API_URL: url,
  CWII_KUBE_CREDENTIAL: credential,
}: Values): string[] {
  return [
    ...(CWII_API_AUDIENCES ?? []),
    ...(url ? [url.href] : []),
    ...(credential?.kind === 'web-identity' ? [credential.audience] : []),
  ];
}

function readClusterAccess(env: Environment, values: Values, problems: string[]): ClusterAccess | undefined {
  const { CWII_KUBE_CREDENTIAL: credential, CWII_KUBE_API_URL: url, CWII_KUBE_CA: ca } = values;
  if (credential && credential.kind !== 'none') {
    const source = credentialSource(env, credential, values.CWII_WEB_IDENTITY_ALGORITHM, problems);
    if (url && source) return { url, ca, credential: source };
    if (!env['CWII_KUBE_API_URL']?.trim())
      problems.push("CWII_KUBE_API_URL is not set, but CWII_KUBE_CREDENTIAL is; set it to the API server's URL");
  } else if (credential?.kind === 'none' && (url || ca)) {
    const name = url ? 'CWII_KUBE_API_URL' : 'CWII_KUBE_CA';
    problems.push(
      `${name} is set, but CWII_KUBE_CREDENTIAL is not, so that the cluster could not be read; set it to web-identity:AUDIENCE, secret:ARN, eks:CLUSTER or file:PATH, or remove ${name}`,
    );
  }
  return undefined;
}
