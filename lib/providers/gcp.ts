// GCP: workload identity federation through a credentials file, which SDKs and gcloud find by variables.

import { type Finding, findingOf, locationOf } from '../annotations/findings.ts';
import { GCP_CREDENTIALS } from '../annotations/keys.ts';
import type { Explicit, Resolution } from '../annotations/resolve.ts';
import { GCP_AUDIENCE, GCP_SERVICE_ACCOUNT } from '../settings/formats.ts';
import { configDirectory, planConfigDirectory } from './gcp-config-directory.ts';
import { credentialsJson, deliverCredentials } from './gcp-credentials.ts';
import { gcpSettings } from './network-settings.ts';
import { checkOtherCredentials, type OtherCredential } from './other-credentials.ts';
import { type EnvVar, type IdentityHolder, isSet, listNames, literal } from './plan.ts';
import type { CloudInfo, CloudProvider, EvaluationInput, ProviderOutcome } from './provider.ts';
import {
  checkAudience,
  checkAudienceLength,
  checkRequest,
  checkValue,
  invalid,
  switchOf,
  withhold,
} from './request-checks.ts';
import { projectToken, readExpiration } from './token.ts';
import { readVerification } from './verifier.ts';

/** An audience with the ID of a project in place of its number, as many of Google's commands accept it. */
export const PROJECT_ID_AUDIENCE = /^(https:)?\/\/iam\.googleapis\.com\/projects\/[a-z][a-z0-9.:-]*\/locations\//;

/** Resource Manager reference, "projectId"; older IDs begin with their domain. */
export const PROJECT_ID = /^([a-z0-9.-]{1,253}:)?[a-z][a-z0-9-]{4,28}[a-z0-9]$/;

const gcloudToken = {
  code: 'gcp-static-keys',
  what: 'an access token, which gcloud prefers',
} as const;

/** Google's SDKs read none of these; docs/gcp.md has a table. */
export const gcpCredentials: readonly OtherCredential[] = [
  { variables: ['CLOUDSDK_AUTH_ACCESS_TOKEN'], ...gcloudToken },
  { variables: ['CLOUDSDK_AUTH_ACCESS_TOKEN_FILE'], ...gcloudToken },
  ...['GOOGLE_OAUTH_ACCESS_TOKEN', 'GOOGLE_CREDENTIALS', 'GOOGLE_CLOUD_KEYFILE_JSON', 'GCLOUD_KEYFILE_JSON'].map(
    (name) => ({ variables: [name], what: 'a credential, which Terraform prefers' }),
  ),
];
const checkCredentials = checkOtherCredentials(gcpCredentials);

/** A container that sets one of them has a project, whichever of them its SDK reads first. */
export const PROJECT_VARIABLES = ['GOOGLE_CLOUD_PROJECT', 'GCLOUD_PROJECT'];

/**
 * The Security Token Service rejects a token that expires 48 hours or more after it was issued. Half of that
 * is safe.
 */
export const LONGEST_LIFETIME = { seconds: 86_400, who: 'GCP' };

/** This annotation of the federation webhook also sets the default audience of the token. */
const FEDERATION_PROVIDER = 'cloud.google.com/workload-identity-provider';

const FILE_VARIABLE = 'GOOGLE_APPLICATION_CREDENTIALS';
const GCLOUD_FILE_VARIABLE = 'CLOUDSDK_AUTH_CREDENTIAL_FILE_OVERRIDE';

const self: CloudInfo = {
  id: 'gcp',
  cloud: 'GCP',
  trigger: 'cwii.dev/gcp-service-account',
  injectKey: 'cwii.dev/gcp-inject',
  identityVariables: [FILE_VARIABLE, GCLOUD_FILE_VARIABLE],
  furtherVariables: ['GOOGLE_CLOUD_PROJECT', 'CLOUDSDK_CORE_PROJECT'],
  footprint: {
    volumes: ['cwii-gcp-token', 'cwii-gcp-creds'],
    fileVariables: [FILE_VARIABLE, GCLOUD_FILE_VARIABLE],
    annotation: { key: GCP_CREDENTIALS, missing: (at) => findingOf('gcp-credentials-missing', at) },
    stateDirectory: configDirectory,
  },
  disabledBy: switchOf('gcp'),
};

export const gcp: CloudProvider = {
  ...self,

  evaluate(input) {
    const { request, outcome } = checkRequest(self, input);
    if (!request) return outcome;
    const { resolution } = input;
    const account = resolution.get('cwii.dev/gcp-service-account');
    if (account && !GCP_SERVICE_ACCOUNT.test(account.value)) {
      return invalid('gcp-service-account-invalid', account, self.cloud, input);
    }
    const explicit = resolution.get('cwii.dev/gcp-audience');
    const audience = explicit?.value ?? input.settings.providers.gcp.defaultAudience;
    if (audience === undefined) return withhold(findingOf('gcp-audience-missing', locationOf(request)));
    if (explicit && !GCP_AUDIENCE.test(audience)) {
      const code = PROJECT_ID_AUDIENCE.test(audience) ? 'gcp-audience-project-id' : 'gcp-audience-invalid';
      return invalid(code, explicit, self.cloud, input);
    }
    const tokenAudience = resolution.get('cwii.dev/gcp-token-audience');
    const long = checkAudienceLength([tokenAudience], self.cloud, input);
    if (long) return long;
    const denied = [
      ...checkValue(account, 'gcpServiceAccount', input),
      ...checkValue(resolution.get('cwii.dev/gcp-project'), 'gcpProject', input),
      // Both audiences are checked: one selects the receiver of the token, the other what the token is valid
      // for. The default of the federation webhook is exempt, because no user wrote it.
      ...checkAudience(explicit, input, (name) => name.replace(/^https:(?=\/\/iam\.)/, '')),
      ...checkAudience(tokenAudience?.key === FEDERATION_PROVIDER ? undefined : tokenAudience, input),
    ];
    if (denied.length > 0) return { kind: 'deny', findings: denied };
    return evaluateIdentity(input, {
      request,
      audience,
      tokenAudience: tokenAudience?.value ?? audience,
      account: account?.value,
    });
  },
};

interface GcpIdentity {
  /** The annotation that requests the cloud. */
  readonly request: Explicit<unknown>;
  readonly audience: string;
  readonly tokenAudience: string;
  readonly account: string | undefined;
}

function evaluateIdentity(
  input: EvaluationInput,
  { request, audience, tokenAudience, account }: GcpIdentity,
): ProviderOutcome {
  const { resolution, settings } = input;
  const lifetime = resolution.get('cwii.dev/gcp-token-expiration');
  const expiration = readExpiration(lifetime, settings.tokenExpiration, LONGEST_LIFETIME);
  const delivery = readDelivery(input);
  const access = readAccessLifetime(resolution, account);
  const project = readProject(resolution);
  const verification = readVerification(self, input);
  return {
    kind: 'inject',
    planFor(pod) {
      const chosen = { audience: tokenAudience, expirationSeconds: expiration.seconds };
      const token = projectToken('gcp', settings.mountRoot, pod.windows, chosen);
      const json = credentialsJson({
        audience: audience.replace(/^https:/, ''),
        account,
        tokenPath: token.path,
        lifetime: access.seconds,
      });
      const credentials = deliverCredentials(delivery.kind, json, pod, settings);
      const fileVariable = literal(FILE_VARIABLE, credentials.path);
      const identity = [fileVariable, literal(GCLOUD_FILE_VARIABLE, credentials.path)];
      const verifiers = verification.planFor(pod, {
        // The printed token must not reach the log. gcloud waits for two minutes on a cloud that does not
        // answer.
        check: 'timeout 60 gcloud auth application-default print-access-token >/dev/null',
        env: [
          ...identity,
          // Without a project, gcloud asks the Resource Manager for one, and fails if it cannot reach it.
          ...(project.env.length > 0 ? project.env : [literal('GOOGLE_CLOUD_PROJECT', '-')]),
          literal(configDirectory.variable, '/tmp/gcloud'),
          ...configDirectory.further,
        ],
        mounts: [token.mount, credentials.mount],
        memoryLimit: '512Mi',
        inherits: gcpSettings,
      });
      return {
        provider: 'gcp',
        volumes: [token.volume, credentials.volume],
        mounts: [token.mount, credentials.mount],
        fileVariable,
        identity,
        extras: project.env,
        synonyms: [{ names: PROJECT_VARIABLES }],
        ...planConfigDirectory(pod, settings),
        examine: (containers, object) => [
          ...findMissingProject(containers, request, project.findings),
          ...checkCredentials(containers, object),
        ],
        ownContainers: [...credentials.writers, ...verifiers],
        annotations: delivery.kind === 'downward-api' ? { [GCP_CREDENTIALS]: json } : {},
        findings: { identityKept: 'gcp-identity-kept' },
      };
    },
    findings: [
      ...expiration.findings,
      ...project.findings,
      ...access.findings,
      ...delivery.findings,
      ...verification.findings,
    ],
  };
}

/** The lifetimes that Google accepts (AIP-4117, `token_lifetime_seconds`). */
export const ACCESS_LIFETIME = { shortest: 600, longest: 43_200 };

/** The lifetime of the impersonated account's access token. An invalid one is left out with a warning. */
function readAccessLifetime(
  resolution: Resolution,
  account: string | undefined,
): { readonly seconds?: number; readonly findings: readonly Finding[] } {
  const lifetime = resolution.get('cwii.dev/gcp-token-lifetime');
  if (!lifetime) return { findings: [] };
  if (account === undefined) return { findings: [findingOf('gcp-token-lifetime-unused', locationOf(lifetime))] };
  const seconds = /^\d{1,5}$/.test(lifetime.value) ? Number(lifetime.value) : 0;
  if (seconds < ACCESS_LIFETIME.shortest || seconds > ACCESS_LIFETIME.longest) {
    return { findings: [findingOf('gcp-token-lifetime-invalid', locationOf(lifetime))] };
  }
  return { seconds, findings: [] };
}

/** An invalid project is left out with a warning, because the identity does not depend on it. */
function readProject(resolution: Resolution): { readonly env: readonly EnvVar[]; readonly findings: Finding[] } {
  const project = resolution.get('cwii.dev/gcp-project');
  if (!project) return { env: [], findings: [] };
  if (!PROJECT_ID.test(project.value)) {
    return { env: [], findings: [findingOf('gcp-project-invalid', locationOf(project))] };
  }
  const names = ['GOOGLE_CLOUD_PROJECT', 'CLOUDSDK_CORE_PROJECT'];
  return { env: names.map((name) => literal(name, project.value)), findings: [] };
}

/** @param reported the findings about the project; an invalid one is left out and has its own. */
function findMissingProject(
  containers: readonly IdentityHolder[],
  request: Explicit<unknown>,
  reported: readonly Finding[],
): Finding[] {
  const without = containers.filter(({ variables }) => !PROJECT_VARIABLES.some((name) => isSet(variables.get(name))));
  if (reported.length > 0 || without.length === 0) return [];
  return [findingOf('gcp-project-missing', locationOf(request), { containers: listNames(without) })];
}

/**
 * The delivery `config-map` of another product is not supported, because cwii does not write to the cluster.
 */
function readDelivery({ resolution, pod }: EvaluationInput): {
  readonly kind: 'downward-api' | 'init-container';
  readonly findings: Finding[];
} {
  const explicit = resolution.get('cwii.dev/gcp-delivery');
  if (!explicit) return { kind: 'downward-api', findings: [] };
  const fallback = (reason: 'config-map' | 'windows' | 'unknown') => ({
    kind: 'downward-api' as const,
    findings: [findingOf('gcp-delivery-default', locationOf(explicit), { reason })],
  });
  switch (explicit.value.toLowerCase().replace(/[-_]/g, '')) {
    case 'downwardapi':
      return { kind: 'downward-api', findings: [] };
    case 'initcontainer':
      return pod?.windows ? fallback('windows') : { kind: 'init-container', findings: [] };
    case 'configmap':
      return fallback('config-map');
    default:
      return fallback('unknown');
  }
}
