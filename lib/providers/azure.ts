// Azure: the variables through which its SDKs find a federated token, and the hosts that may receive it.

import { type Finding, findingOf, locationOf } from '../annotations/findings.ts';
import type { Explicit } from '../annotations/resolve.ts';
import { containersIn } from '../kubernetes/pod.ts';
import { parseHttpsUrl, SHORTEST_AZURE_EXPIRATION, UUID } from '../settings/formats.ts';
import { guardRailSettings } from '../settings/guard-rails.ts';
import { azureSettings } from './network-settings.ts';
import { checkOtherCredentials, type OtherCredential, STATIC_KEYS } from './other-credentials.ts';
import { hasEnvFrom, type IdentityHolder, isSet, listNames, literal } from './plan.ts';
import type { CloudInfo, CloudProvider, EvaluationInput, Principal, ProviderOutcome } from './provider.ts';
import {
  checkAudience,
  checkAudienceLength,
  checkRequest,
  checkValue,
  invalid,
  notAllowed,
  switchOf,
  withhold,
} from './request-checks.ts';
import { projectToken, readExpiration } from './token.ts';
import { noVerification, readVerification, type VerificationRequest } from './verifier.ts';

/** Microsoft's clouds: the login host, and the cloud's name in the Azure CLI. */
export const CLOUDS: Readonly<Record<string, string>> = {
  'https://login.microsoftonline.com/': 'AzureCloud',
  'https://login.microsoftonline.us/': 'AzureUSGovernment',
  'https://login.chinacloudapi.cn/': 'AzureChinaCloud',
  'https://login.partner.microsoftonline.cn/': 'AzureChinaCloud',
};
export const PUBLIC_CLOUD = 'https://login.microsoftonline.com/';

const secret = {
  code: 'az-static-keys',
  what: STATIC_KEYS,
  empty: 'an empty value, on which Python fails',
} as const;

/**
 * EnvironmentCredential comes first in DefaultAzureCredential, and the injected client and tenant would
 * complete it. docs/azure.md says what each SDK does.
 */
export const azureCredentials: readonly OtherCredential[] = [
  { variables: ['AZURE_CLIENT_SECRET'], ...secret },
  { variables: ['AZURE_CLIENT_CERTIFICATE_PATH'], ...secret },
  { variables: ['AZURE_PASSWORD', 'AZURE_USERNAME'], ...secret },
  {
    variables: ['AZURE_TOKEN_CREDENTIALS'],
    what: 'what DefaultAzureCredential tries, which Python and Go prefer',
    empty: 'an empty value, on which Go fails',
    harmless: ['prod', 'workloadidentitycredential'],
  },
];
const checkCredentials = checkOtherCredentials(azureCredentials);

/** Entra ID rejects an assertion that lives much longer than a day (AADSTS70023). */
export const LONGEST_LIFETIME = { seconds: 86_400, who: 'Azure' };

const CLIENT_VARIABLE = 'AZURE_CLIENT_ID';
const TENANT_VARIABLE = 'AZURE_TENANT_ID';
const FILE_VARIABLE = 'AZURE_FEDERATED_TOKEN_FILE';

const principal: Principal = {
  variable: CLIENT_VARIABLE,
  staticKeys: ['AZURE_CLIENT_SECRET', 'AZURE_CLIENT_CERTIFICATE_PATH', 'AZURE_PASSWORD'],
};

const self: CloudInfo = {
  id: 'az',
  cloud: 'Azure',
  trigger: 'cwii.dev/az-client-id',
  injectKey: 'cwii.dev/az-inject',
  identityVariables: [CLIENT_VARIABLE, TENANT_VARIABLE, FILE_VARIABLE],
  principal,
  furtherVariables: ['AZURE_AUTHORITY_HOST'],
  footprint: { volumes: ['cwii-az-token'], fileVariables: [FILE_VARIABLE] },
  disabledBy: switchOf('az'),
};

export const azure: CloudProvider = {
  ...self,

  evaluate(input) {
    const { request, outcome } = checkRequest(self, input);
    if (!request) return outcome;
    const { resolution } = input;
    const client = resolution.get('cwii.dev/az-client-id');
    if (!client && !containersBringClient(input)) {
      return withhold(findingOf('az-client-id-missing', locationOf(request)));
    }
    const tenant = resolution.get('cwii.dev/az-tenant-id');
    const tenantId = tenant?.value ?? input.settings.providers.az.defaultTenantId;
    const malformed = [client, tenant].find((id) => id !== undefined && !UUID.test(id.value));
    if (malformed) return invalid('az-id-invalid', malformed, self.cloud, input);
    if (tenantId === undefined) return withhold(findingOf('az-tenant-id-missing', locationOf(request)));
    const host = resolution.get('cwii.dev/az-authority-host');
    const authority = host ? normaliseHost(host.value) : PUBLIC_CLOUD;
    if (host && authority === undefined) return invalid('az-authority-host-invalid', host, self.cloud, input);
    const audience = resolution.get('cwii.dev/az-audience');
    const long = checkAudienceLength([audience], self.cloud, input);
    if (long) return long;
    const denied = [
      ...checkHost(host, authority ?? PUBLIC_CLOUD, input),
      ...checkValue(client, 'azClientId', input),
      ...checkValue(tenant, 'azTenantId', input),
      ...checkAudience(audience, input),
    ];
    if (denied.length > 0) return { kind: 'deny', findings: denied };
    return evaluateIdentity(input, { request, client, tenantId, authority: authority ?? PUBLIC_CLOUD });
  },
};

interface AzureIdentity {
  /** The annotation that requests the cloud. */
  readonly request: Explicit<unknown>;
  /** Undefined if the containers bring the client ID. */
  readonly client: Explicit<string> | undefined;
  readonly tenantId: string;
  readonly authority: string;
}

/**
 * Whether a container sets the client ID itself, such as from a Secret that Terraform wrote, and needs only
 * the rest. A guard rail for client IDs could not be applied to it.
 */
function containersBringClient({ pod, settings }: EvaluationInput): boolean {
  if (!pod || settings.allowed.azClientId) return false;
  return containersIn(pod).some(
    (view) => hasEnvFrom(view) || view.env?.some((variable) => variable.name === CLIENT_VARIABLE && isSet(variable)),
  );
}

function findWithoutClient(containers: readonly IdentityHolder[], request: Explicit<unknown>): Finding[] {
  const without = containers.filter(
    ({ variables, view }) => !hasEnvFrom(view) && !isSet(variables.get(CLIENT_VARIABLE)),
  );
  if (without.length === 0) return [];
  return [findingOf('az-client-id-partial', locationOf(request), { containers: listNames(without) })];
}

function evaluateIdentity(
  input: EvaluationInput,
  { request, client, tenantId, authority }: AzureIdentity,
): ProviderOutcome {
  const { resolution, settings } = input;
  const lifetime = resolution.get('cwii.dev/az-token-expiration');
  const expiration = readExpiration(lifetime, settings.tokenExpiration, LONGEST_LIFETIME);
  const short =
    expiration.seconds < SHORTEST_AZURE_EXPIRATION
      ? [
          findingOf('az-token-expiration-short', locationOf(lifetime ?? request), {
            byDefault: !lifetime,
            ...expiration,
          }),
        ]
      : [];
  const audience = resolution.get('cwii.dev/az-audience')?.value ?? settings.providers.az.defaultAudience;
  const cloudName = CLOUDS[authority];
  const verification = readAzureVerification(input, client, cloudName);
  return {
    kind: 'inject',
    planFor(pod) {
      const chosen = { audience, expirationSeconds: expiration.seconds };
      const token = projectToken('az', settings.mountRoot, pod.windows, chosen);
      const fileVariable = literal(FILE_VARIABLE, token.path);
      const own = [literal(TENANT_VARIABLE, tenantId), fileVariable];
      const identity = client ? [literal(CLIENT_VARIABLE, client.value), ...own] : own;
      // MSAL used directly and Python's ManagedIdentityCredential require it; for the others this is the
      // default.
      const extras = [literal('AZURE_AUTHORITY_HOST', authority)];
      return {
        provider: 'az',
        volumes: [token.volume],
        mounts: [token.mount],
        fileVariable,
        identity,
        principal: principal.variable,
        staticKeys: principal.staticKeys,
        extras,
        examine: client
          ? checkCredentials
          : (containers, object) => [
              ...findWithoutClient(containers, request),
              ...checkCredentials(containers, object),
            ],
        ownContainers: verification.planFor(pod, {
          // The CLI waits for minutes on a cloud that does not answer. An identity need not see a
          // subscription.
          check:
            'timeout 60 az login --service-principal -u "$AZURE_CLIENT_ID" -t "$AZURE_TENANT_ID" --federated-token "$(cat "$AZURE_FEDERATED_TOKEN_FILE")" --allow-no-subscriptions >/dev/null && az account show',
          env: [
            ...identity,
            ...extras,
            literal('AZURE_CONFIG_DIR', '/tmp/.azure'),
            literal('AZURE_CLOUD_NAME', cloudName ?? ''),
            literal('AZURE_CORE_COLLECT_TELEMETRY', 'false'),
          ],
          mounts: [token.mount],
          memoryLimit: '512Mi',
          inherits: {
            ...azureSettings,
            derived: { from: 'AZURE_AUTHORITY_HOST', name: 'AZURE_CLOUD_NAME', values: CLOUDS },
          },
        }),
        annotations: {},
        findings: { identityKept: 'az-identity-kept' },
      };
    },
    findings: [...expiration.findings, ...short, ...verification.findings],
  };
}

/**
 * The Azure CLI ignores AZURE_AUTHORITY_HOST: it finds a cloud by its name, and has no name for a private
 * host.
 */
function readAzureVerification(
  input: EvaluationInput,
  client: Explicit<string> | undefined,
  cloudName: string | undefined,
): VerificationRequest {
  const verify = input.resolution.get('cwii.dev/az-verify');
  if (verify?.value && !client) return noVerification([findingOf('az-verify-without-client-id', locationOf(verify))]);
  if (!verify?.value || cloudName !== undefined) return readVerification(self, input);
  return noVerification([findingOf('az-verify-unknown-cloud', locationOf(verify))]);
}

/** A host has at most 253 characters; `https://` and a port come with it. */
const LONGEST_HOST = 270;

/** The URL with the trailing slash that MSAL's users expect; undefined if it cannot receive a token. */
function normaliseHost(text: string): string | undefined {
  const url = text.length <= LONGEST_HOST ? parseHttpsUrl(text) : undefined;
  return url?.pathname === '/' ? `${url.origin}/` : undefined;
}

/** The host receives the token. Without a list of the cluster owner, it must be one of Microsoft's. */
function checkHost(host: Explicit<string> | undefined, authority: string, input: EvaluationInput) {
  if (!host || Object.hasOwn(CLOUDS, authority)) return [];
  const rail = 'azAuthorityHost';
  if (input.settings.allowed[rail]) {
    // A pattern may omit the trailing slash of the value.
    const bare = notAllowed(host, rail, authority.slice(0, -1), input);
    return bare.length === 0 ? [] : notAllowed(host, rail, authority, input);
  }
  const note = 'not a login host of Microsoft';
  return [findingOf('not-allowed', locationOf(host), { rule: guardRailSettings[rail], note })];
}
