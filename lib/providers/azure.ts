// Azure: the variables by which its SDKs find a federated token, and which hosts may receive it.

import { annotationFinding } from '../annotations/findings.ts';
import type { Explicit } from '../annotations/resolve.ts';
import { type EnvVar, literal, type VolumeMount } from '../injection/plan.ts';
import { checkAudience, invalid, notAllowed, skip, whoAsks } from './asking.ts';
import type { PlanInput, Provider, ProviderOutcome } from './provider.ts';
import { projectToken, readExpiration } from './token.ts';
import { planVerifier } from './verifier.ts';

export const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Microsoft's clouds: the login host, and the cloud's name in the Azure CLI. */
const CLOUDS: Readonly<Record<string, string>> = {
  'https://login.microsoftonline.com/': 'AzureCloud',
  'https://login.microsoftonline.us/': 'AzureUSGovernment',
  'https://login.chinacloudapi.cn/': 'AzureChinaCloud',
  'https://login.partner.microsoftonline.cn/': 'AzureChinaCloud',
};
const PUBLIC_CLOUD = 'https://login.microsoftonline.com/';

/** EnvironmentCredential comes first in DefaultAzureCredential, and our client and tenant would complete it. */
const STATIC_KEYS = ['AZURE_CLIENT_SECRET', 'AZURE_CLIENT_CERTIFICATE_PATH', 'AZURE_PASSWORD'];

/** Entra ID refuses an assertion that lives much longer than a day (AADSTS70023). */
const LONGEST_LIFETIME = { seconds: 86_400, who: 'Azure' };

const self = { id: 'az', cloud: 'Azure', trigger: 'cwii.dev/az-client-id' } as const;

export const azure: Provider = {
  ...self,

  plan(input) {
    const { asked, outcome } = whoAsks(self, input);
    if (!asked) return outcome;
    const client = input.resolution.get('cwii.dev/az-client-id');
    if (!client) {
      const message = 'no client ID is set, so nothing is injected for Azure; set cwii.dev/az-client-id';
      return skip(annotationFinding('az-client-id-missing', asked, message));
    }
    const tenant = input.resolution.get('cwii.dev/az-tenant-id');
    const tenantId = tenant?.value ?? input.providers.az.defaultTenantId;
    const malformed = [client, tenant].find((id) => id !== undefined && !UUID.test(id.value));
    if (malformed) {
      const words = { problem: 'not a UUID', remedy: 'write the ID as the Azure portal shows it' };
      return invalid('az-id-invalid', malformed, self.cloud, words, input);
    }
    if (tenantId === undefined) {
      const message = 'no tenant is set, so nothing is injected for Azure; set cwii.dev/az-tenant-id';
      return skip(annotationFinding('az-tenant-id-missing', client, message));
    }
    const host = input.resolution.get('cwii.dev/az-authority-host');
    const authority = host ? normaliseHost(host.value) : PUBLIC_CLOUD;
    if (host && authority === undefined) {
      const words = { problem: 'not an https URL', remedy: `write one such as ${PUBLIC_CLOUD}` };
      return invalid('az-authority-host-invalid', host, self.cloud, words, input);
    }
    const refused = [
      ...checkHost(host, authority ?? PUBLIC_CLOUD, input),
      ...notAllowed(client, 'CWII_ALLOWED_AZ_CLIENT_IDS', client.value, input),
      ...checkAudience(input.resolution.get('cwii.dev/az-audience'), input),
    ];
    if (refused.length > 0) return { kind: 'deny', findings: refused };
    return planIdentity(input, { clientId: client.value, tenantId, authority: authority ?? PUBLIC_CLOUD });
  },
};

function planIdentity(
  input: PlanInput,
  { clientId, tenantId, authority }: { clientId: string; tenantId: string; authority: string },
): ProviderOutcome {
  const { resolution } = input;
  const expiration = readExpiration(
    resolution.get('cwii.dev/az-token-expiration'),
    input.tokenExpiration,
    LONGEST_LIFETIME,
  );
  const audience = resolution.get('cwii.dev/az-audience')?.value ?? input.providers.az.defaultAudience;
  const token = projectToken(self.id, input, { audience, expirationSeconds: expiration.seconds });
  const fileVariable = literal('AZURE_FEDERATED_TOKEN_FILE', token.path);
  const identity = [literal('AZURE_CLIENT_ID', clientId), literal('AZURE_TENANT_ID', tenantId), fileVariable];
  // MSAL used directly and Python's ManagedIdentityCredential do nothing without it; the others have this default.
  const extras = [literal('AZURE_AUTHORITY_HOST', authority)];
  const verification = planVerification(input, {
    env: [...identity, ...extras],
    mounts: [token.mount],
    cloudName: CLOUDS[authority],
  });
  return {
    kind: 'inject',
    plan: {
      provider: self.id,
      volumes: [token.volume],
      mounts: [token.mount],
      fileVariable,
      identity,
      extras,
      staticKeys: STATIC_KEYS,
      ownContainers: verification.containers,
      annotations: {},
      findings: { identityKept: 'az-identity-kept', staticKeys: 'az-static-keys' },
    },
    findings: [...expiration.findings, ...verification.findings],
  };
}

/** The Azure CLI ignores AZURE_AUTHORITY_HOST: it finds a cloud by its name, and has none for a host of one's own. */
function planVerification(
  input: PlanInput,
  of: {
    readonly env: readonly EnvVar[];
    readonly mounts: readonly VolumeMount[];
    readonly cloudName: string | undefined;
  },
): ReturnType<typeof planVerifier> {
  const verify = input.resolution.get('cwii.dev/az-verify');
  if (verify?.value && of.cloudName === undefined) {
    const message =
      "the Azure CLI knows only Microsoft's clouds, so nothing is verified on this authority host; remove it";
    return { containers: [], findings: [annotationFinding('az-verify-unknown-cloud', verify, message)] };
  }
  return planVerifier(
    self,
    {
      // The CLI itself waits for minutes on a cloud that does not answer. An identity need not see a subscription.
      check:
        'timeout 60 az login --service-principal -u "$AZURE_CLIENT_ID" -t "$AZURE_TENANT_ID" --federated-token "$(cat "$AZURE_FEDERATED_TOKEN_FILE")" --allow-no-subscriptions >/dev/null && az account show',
      env: [
        ...of.env,
        literal('AZURE_CONFIG_DIR', '/tmp/.azure'),
        literal('AZURE_CLOUD_NAME', of.cloudName ?? ''),
        literal('AZURE_CORE_COLLECT_TELEMETRY', 'false'),
      ],
      mounts: of.mounts,
      memoryLimit: '512Mi',
    },
    input,
  );
}

/** With the trailing slash that MSAL's users rely on; undefined where it is no host to send a token to. */
function normaliseHost(text: string): string | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const plain =
    url?.protocol === 'https:' && url.pathname === '/' && !url.search && !url.hash && !url.username && !url.password;
  return plain ? `${url.origin}/` : undefined;
}

/** The host receives the token: without a list of the cluster owner's it is one of Microsoft's. */
function checkHost(host: Explicit<string> | undefined, authority: string, input: PlanInput) {
  if (!host || Object.hasOwn(CLOUDS, authority)) return [];
  const rail = 'CWII_ALLOWED_AZ_AUTHORITY_HOSTS';
  // A pattern may be written without the slash that the value has.
  if (input.allowed[rail]) {
    const bare = notAllowed(host, rail, authority.slice(0, -1), input);
    return bare.length === 0 ? [] : notAllowed(host, rail, authority, input);
  }
  const message =
    "not a login host of Microsoft's, and it would receive the token; ask the cluster owner (CWII_ALLOWED_AZ_AUTHORITY_HOSTS)";
  return [annotationFinding('not-allowed', host, message, 'deny')];
}
