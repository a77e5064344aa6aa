// The configuration of the webhook function: the settings as one typed object.

import type { ObjectKind } from '../kubernetes/objects.ts';
import { builtInOwnerKinds } from '../kubernetes/owner-kinds.ts';
import { isApiServerAudience } from './api-audiences.ts';
import { type ClusterAccess, credentialSource } from './cluster-credential.ts';
import { type GuardRail, type GuardRails, guardRailSettings, type Pattern } from './guard-rails.ts';
import { type Environment, readSettings, type ValuesOf } from './read-settings.ts';
import { settings } from './webhook-settings.ts';

/** The credentials that callers may present, known only by their SHA-256 digests. */
export interface CallerRules {
  /** Digests of accepted bearer tokens; two during a rotation. */
  readonly tokenDigests: readonly Buffer[];
  /** Digests of accepted keys in the path `/k/<key>`. */
  readonly pathKeyDigests: readonly Buffer[];
  /** Undefined if no caller may present a token of the cluster's issuer. */
  readonly tokens: CallerTokenRules | undefined;
  /** Accept every caller; never configured together with the others. */
  readonly anonymous: boolean;
}

/** The tokens of the cluster's issuer that callers may present. */
export interface CallerTokenRules {
  /** `system:serviceaccount:NAMESPACE:NAME`; at least one. */
  readonly subjects: readonly string[];
  /** Undefined on Lambda: the URL of the request, whose host Lambda itself vouches for. */
  readonly audiences: readonly string[] | undefined;
}

interface CommonProviderSettings {
  readonly enabled: boolean;
  readonly verifyImage: string;
}

export interface ProviderSettings {
  readonly aws: CommonProviderSettings & {
    readonly defaultAudience: string;
    readonly defaultRegion: string | undefined;
    /** Also set AWS_DEFAULT_REGION, which boto3 reads. */
    readonly setDefaultRegion: boolean;
  };
  readonly az: CommonProviderSettings & {
    readonly defaultAudience: string;
    readonly defaultTenantId: string | undefined;
  };
  readonly gcp: CommonProviderSettings & {
    readonly defaultAudience: string | undefined;
    /** For `gcp-delivery: init-container`; the image needs a shell only. */
    readonly writerImage: string;
  };
}

export interface ServiceSettings {
  /** The names of services of the catalogue; their keys have no effect if they are not enabled. */
  readonly enabled: 'all' | readonly string[];
  /** Definitions as JSON. */
  readonly custom: string | undefined;
  /** Patterns of the form `<service>-<key>=<pattern>`. */
  readonly allowed: readonly Pattern[] | undefined;
}

/** How pods are mutated, as the cluster owner configured it. */
export interface MutateSettings {
  readonly providers: ProviderSettings;
  readonly services: ServiceSettings;
  readonly ownerKinds: readonly ObjectKind[];
  /** Seconds. */
  readonly tokenExpiration: number;
  readonly mountRoot: string;
  /** For all scopes; undefined means that the scope of the invalid value decides. */
  readonly onInvalid: 'deny' | 'warn' | undefined;
  readonly allowed: GuardRails;
  /** Audiences of the API server itself, as far as they are configured. */
  readonly apiAudiences: readonly string[];
  /** Read other products' annotations too. */
  readonly nativeAnnotations: boolean;
  /** Write on every pod what is injected, even if that is nothing. */
  readonly markPods: boolean;
}

export interface Config {
  readonly callers: CallerRules;
  readonly clusterName: string | undefined;
  /** Undefined if the cluster is not read. */
  readonly cluster: ClusterAccess | undefined;
  /** Text or path of the static annotations; never set together with `cluster`. */
  readonly staticAnnotations: string | undefined;
  readonly mutate: MutateSettings;
  readonly onReadFailure: 'fail' | 'deny';
  readonly cacheSeconds: number;
  readonly deadlineMarginMs: number;
}

type Values = ValuesOf<typeof settings>;

const documentation = 'docs/configuration.md';

/**
 * Reads the whole configuration.
 *
 * @throws {ConfigError} with a sentence for every invalid variable, not only the first.
 */
export function parseConfig(env: Environment): Config {
  let cluster: ClusterAccess | undefined;
  const values = readSettings(env, settings, {
    documentation,
    check(partial, problems) {
      checkCallers(env, partial, problems);
      checkDefaultAudiences(partial, problems);
      cluster = readClusterAccess(env, partial, problems);
      if (cluster && partial.CWII_STATIC_ANNOTATIONS) {
        problems.push(
          'CWII_STATIC_ANNOTATIONS is set although the cluster is read (CWII_KUBE_CREDENTIAL); remove one of them',
        );
      }
    },
  });
  return {
    callers: {
      tokenDigests: values.CWII_CALLER_TOKEN_SHA256 ?? [],
      pathKeyDigests: values.CWII_PATH_KEY_SHA256 ?? [],
      tokens: callerTokens(values),
      anonymous: values.CWII_ALLOW_ANONYMOUS,
    },
    clusterName: values.CWII_CLUSTER_NAME,
    cluster,
    staticAnnotations: values.CWII_STATIC_ANNOTATIONS,
    mutate: mutateSettings(values),
    onReadFailure: values.CWII_ON_READ_FAILURE,
    cacheSeconds: values.CWII_CACHE_SECONDS,
    deadlineMarginMs: values.CWII_DEADLINE_MARGIN_MS,
  };
}

/**
 * Reads only what decides how pods are mutated. A preview needs no more: it has no callers and no cluster.
 *
 * @throws {ConfigError} with a sentence for every invalid variable.
 */
export function parseMutateSettings(env: Environment): MutateSettings {
  return mutateSettings(readSettings(env, settings, { documentation }));
}

function mutateSettings(values: Values): MutateSettings {
  return {
    providers: {
      aws: {
        enabled: values.CWII_AWS_ENABLED,
        defaultAudience: values.CWII_AWS_DEFAULT_AUDIENCE,
        verifyImage: values.CWII_AWS_VERIFY_IMAGE,
        defaultRegion: values.CWII_AWS_DEFAULT_REGION,
        setDefaultRegion: values.CWII_AWS_SET_DEFAULT_REGION,
      },
      az: {
        enabled: values.CWII_AZ_ENABLED,
        defaultAudience: values.CWII_AZ_DEFAULT_AUDIENCE,
        verifyImage: values.CWII_AZ_VERIFY_IMAGE,
        defaultTenantId: values.CWII_AZ_DEFAULT_TENANT_ID,
      },
      gcp: {
        enabled: values.CWII_GCP_ENABLED,
        defaultAudience: values.CWII_GCP_DEFAULT_AUDIENCE,
        verifyImage: values.CWII_GCP_VERIFY_IMAGE,
        writerImage: values.CWII_GCP_WRITER_IMAGE,
      },
    },
    services: {
      enabled: values.CWII_SERVICES,
      custom: values.CWII_CUSTOM_SERVICES,
      allowed: values.CWII_ALLOWED_SERVICE_VALUES,
    },
    ownerKinds: [...builtInOwnerKinds, ...values.CWII_OWNER_KINDS],
    tokenExpiration: values.CWII_TOKEN_EXPIRATION,
    mountRoot: values.CWII_MOUNT_ROOT,
    onInvalid: values.CWII_ON_INVALID,
    allowed: guardRails(values),
    apiAudiences: apiAudiences(values),
    nativeAnnotations: values.CWII_NATIVE_ANNOTATIONS,
    markPods: values.CWII_MARK_PODS,
  };
}

function guardRails(values: Values): GuardRails {
  const rails = Object.entries(guardRailSettings) as [GuardRail, (typeof guardRailSettings)[GuardRail]][];
  return Object.fromEntries(rails.map(([rail, setting]) => [rail, values[setting]]));
}

function callerTokens({ CWII_CALLER_SUBJECTS, CWII_CALLER_AUDIENCES }: Values): CallerTokenRules | undefined {
  if (!CWII_CALLER_SUBJECTS?.length) return undefined;
  return { subjects: CWII_CALLER_SUBJECTS, audiences: CWII_CALLER_AUDIENCES };
}

const CALLER_SETTINGS = ['CWII_CALLER_TOKEN_SHA256', 'CWII_PATH_KEY_SHA256', 'CWII_CALLER_SUBJECTS'];

function checkCallers(env: Environment, values: Partial<Values>, problems: string[]): void {
  const anonymous = values.CWII_ALLOW_ANONYMOUS;
  const configured = CALLER_SETTINGS.some((name) => env[name]?.trim());
  checkCallerTokens(env, values, problems);
  if (anonymous && configured) {
    problems.push(
      'CWII_ALLOW_ANONYMOUS is true although a caller token, path key or subject is configured, which would then have no effect; remove one of them',
    );
  }
  if (!anonymous && !configured) {
    problems.push(
      "CWII_CALLER_TOKEN_SHA256 is not set, so the webhook would reject every caller; set it to the SHA-256 of the token in the API server's webhook kubeconfig (or set CWII_CALLER_SUBJECTS, CWII_PATH_KEY_SHA256, or CWII_ALLOW_ANONYMOUS=true to accept every caller)",
    );
  }
}

function checkCallerTokens(
  env: Environment,
  {
    CWII_CALLER_SUBJECTS: subjects,
    CWII_CALLER_AUDIENCES: audiences,
    CWII_KUBE_CREDENTIAL: credential,
  }: Partial<Values>,
  problems: string[],
): void {
  if (audiences?.length && !env['CWII_CALLER_SUBJECTS']?.trim())
    problems.push('CWII_CALLER_AUDIENCES is set, but CWII_CALLER_SUBJECTS is not; set both, or remove it');
  if (!subjects?.length) return;
  if (credential?.kind === 'none')
    problems.push(
      'CWII_CALLER_SUBJECTS is set, but the cluster is not read, so the keys of its tokens are not known; set CWII_KUBE_CREDENTIAL, or use CWII_CALLER_TOKEN_SHA256',
    );
  if (!audiences?.length && !env['AWS_LAMBDA_FUNCTION_NAME'])
    problems.push(
      'CWII_CALLER_SUBJECTS is set, but CWII_CALLER_AUDIENCES is not; outside Lambda the URL of a request is not proven, so set it to the URLs in the MutatingWebhookConfiguration',
    );
}

function checkDefaultAudiences(values: Partial<Values>, problems: string[]): void {
  const known = apiAudiences(values);
  for (const name of ['CWII_AWS_DEFAULT_AUDIENCE', 'CWII_AZ_DEFAULT_AUDIENCE'] as const) {
    const value = values[name];
    if (value !== undefined && isApiServerAudience(value, known)) {
      problems.push(
        `${name} is an audience of the API server; a cloud that receives such a token could use the cluster, so set another audience`,
      );
    }
  }
}

/**
 * The API server's audiences that are known before any token was fetched; with web identity, its audience
 * too.
 */
function apiAudiences({
  CWII_API_AUDIENCES,
  CWII_KUBE_API_URL: url,
  CWII_KUBE_CREDENTIAL: credential,
}: Partial<Values>): string[] {
  return [
    ...(CWII_API_AUDIENCES ?? []),
    ...(url ? [url.href] : []),
    ...(credential?.kind === 'web-identity' ? [credential.audience] : []),
  ];
}

function readClusterAccess(env: Environment, values: Partial<Values>, problems: string[]): ClusterAccess | undefined {
  const { CWII_KUBE_CREDENTIAL: credential, CWII_KUBE_API_URL: url, CWII_KUBE_CA: ca } = values;
  if (credential && credential.kind !== 'none') {
    const source = credentialSource(env, credential, values.CWII_WEB_IDENTITY_ALGORITHM, problems);
    if (url && source) return { url, ca, credential: source };
    if (!env['CWII_KUBE_API_URL']?.trim())
      problems.push("CWII_KUBE_API_URL is not set, but CWII_KUBE_CREDENTIAL is; set it to the API server's URL");
  } else if (credential?.kind === 'none' && (url || ca)) {
    const name = url ? 'CWII_KUBE_API_URL' : 'CWII_KUBE_CA';
    problems.push(
      `${name} is set, but CWII_KUBE_CREDENTIAL is not, so the cluster could not be read; set it to web-identity:AUDIENCE, secret:ARN, eks:CLUSTER or file:PATH, or remove ${name}`,
    );
  }
  return undefined;
}
