// GCP: workload identity federation by a credentials file, and the variables by which its SDKs and gcloud find it.

import { annotationFinding, type Finding } from '../annotations/findings.ts';
import { GCP_CREDENTIALS } from '../annotations/keys.ts';
import type { Explicit, Resolution } from '../annotations/resolve.ts';
import { type EnvVar, literal } from '../injection/plan.ts';
import { checkAudience, invalid, notAllowed, skip, whoAsks } from './asking.ts';
import { credentialsJson, deliverCredentials } from './gcp-credentials.ts';
import type { PlanInput, Provider, ProviderOutcome } from './provider.ts';
import { projectToken, readExpiration } from './token.ts';
import { planVerifier } from './verifier.ts';

/** A provider's full name; the prefix `https:` is optional. IAM documentation, "Workload Identity Federation". */
export const GCP_AUDIENCE =
  /^(https:)?\/\/iam\.googleapis\.com\/projects\/\d+\/locations\/[a-z0-9-]+\/workloadIdentityPools\/[a-z0-9-]+\/providers\/[a-z0-9-]+$/;
export const SERVICE_ACCOUNT = /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?@[a-z0-9.-]+\.gserviceaccount\.com$/;

/** Resource Manager reference, "projectId"; older ones begin with their domain. */
const PROJECT_ID = /^([a-z0-9.-]{1,253}:)?[a-z][a-z0-9-]{4,28}[a-z0-9]$/;

/** gcloud prefers these to the credentials file; the SDKs have nothing that they prefer. */
const STATIC_KEYS = ['CLOUDSDK_AUTH_ACCESS_TOKEN', 'CLOUDSDK_AUTH_ACCESS_TOKEN_FILE'];

/** The Security Token Service refuses a token that expires 48 hours after it was issued, or later; half of that is safe. */
const LONGEST_LIFETIME = { seconds: 86_400, who: 'GCP' };

/** Its annotation gives the token's default audience too. */
const FEDERATION_PROVIDER = 'cloud.google.com/workload-identity-provider';

const self = { id: 'gcp', cloud: 'GCP', trigger: 'cwii.dev/gcp-service-account' } as const;

export const gcp: Provider = {
  ...self,

  plan(input) {
    const { asked, outcome } = whoAsks(self, input);
    if (!asked) return outcome;
    const account = input.resolution.get('cwii.dev/gcp-service-account');
    if (account && !SERVICE_ACCOUNT.test(account.value)) {
      const words = {
        problem: 'not the e-mail address of a Google service account',
        remedy: 'write NAME@PROJECT.iam.gserviceaccount.com',
      };
      return invalid('gcp-service-account-invalid', account, self.cloud, words, input);
    }
    const explicit = input.resolution.get('cwii.dev/gcp-audience');
    const audience = explicit?.value ?? input.providers.gcp.defaultAudience;
    if (audience === undefined) {
      const message = 'no workload identity provider is set, so nothing is injected for GCP; set cwii.dev/gcp-audience';
      return skip(annotationFinding('gcp-audience-missing', asked, message));
    }
    if (explicit && !GCP_AUDIENCE.test(audience)) {
      const words = {
        problem: 'not the full name of a workload identity provider',
        remedy: 'write //iam.googleapis.com/projects/…/providers/…',
      };
      return invalid('gcp-audience-invalid', explicit, self.cloud, words, input);
    }
    const tokenAudience = input.resolution.get('cwii.dev/gcp-token-audience');
    const refused = [
      ...notAllowed(account, 'CWII_ALLOWED_GCP_SERVICE_ACCOUNTS', account?.value ?? '', input),
      // Both, because one says who takes the token and the other what it can be used for. What the federation webhook
      // has by default nobody wrote.
      ...checkAudience(explicit, input, (name) => name.replace(/^https:(?=\/\/iam\.)/, '')),
      ...checkAudience(tokenAudience?.key === FEDERATION_PROVIDER ? undefined : tokenAudience, input),
    ];
    if (refused.length > 0) return { kind: 'deny', findings: refused };
    return planIdentity(input, { audience, tokenAudience: tokenAudience?.value ?? audience, account: account?.value });
  },
};

function planIdentity(
  input: PlanInput,
  chosen: { audience: string; tokenAudience: string; account: string | undefined },
): ProviderOutcome {
  const { resolution, pod } = input;
  const expiration = readExpiration(
    resolution.get('cwii.dev/gcp-token-expiration'),
    input.tokenExpiration,
    LONGEST_LIFETIME,
  );
  const token = projectToken(self.id, input, {
    audience: chosen.tokenAudience,
    expirationSeconds: expiration.seconds,
  });
  const json = credentialsJson({
    audience: chosen.audience.replace(/^https:/, ''),
    account: chosen.account,
    tokenPath: token.path,
  });
  const delivery = readDelivery(resolution.get('cwii.dev/gcp-delivery'), pod.windows);
  const credentials = deliverCredentials(delivery.kind, json, input);
  const project = readProject(resolution);
  const fileVariable = literal('GOOGLE_APPLICATION_CREDENTIALS', credentials.path);
  const identity = [fileVariable, literal('CLOUDSDK_AUTH_CREDENTIAL_FILE_OVERRIDE', credentials.path)];
  const verification = planVerifier(
    self,
    {
      // The token that it prints is not for the log. gcloud itself waits for two minutes on a cloud that is silent.
      check: 'timeout 60 gcloud auth application-default print-access-token >/dev/null',
      env: [
        ...identity,
        // Without a project gcloud asks the Resource Manager for one, and fails where only that cannot be reached.
        ...(project.env.length > 0 ? project.env : [literal('GOOGLE_CLOUD_PROJECT', '-')]),
        literal('CLOUDSDK_CONFIG', '/tmp/gcloud'),
        literal('CLOUDSDK_CORE_DISABLE_FILE_LOGGING', '1'),
      ],
      mounts: [token.mount, credentials.mount],
      memoryLimit: '512Mi',
    },
    input,
  );
  return {
    kind: 'inject',
    plan: {
      provider: self.id,
      volumes: [token.volume, credentials.volume],
      mounts: [token.mount, credentials.mount],
      fileVariable,
      identity,
      extras: project.env,
      staticKeys: STATIC_KEYS,
      ownContainers: [...credentials.writers, ...verification.containers],
      annotations: delivery.kind === 'downward-api' ? { [GCP_CREDENTIALS]: json } : {},
      findings: { identityKept: 'gcp-identity-kept', staticKeys: 'gcp-static-keys' },
    },
    findings: [...expiration.findings, ...project.findings, ...delivery.findings, ...verification.findings],
  };
}

/** Useful, but no identity fails for want of it, so a bad one is left out. */
function readProject(resolution: Resolution): { readonly env: readonly EnvVar[]; readonly findings: Finding[] } {
  const project = resolution.get('cwii.dev/gcp-project');
  if (!project) return { env: [], findings: [] };
  if (!PROJECT_ID.test(project.value)) {
    const message = "not a project's ID, so no project is set; write one such as my-project";
    return { env: [], findings: [annotationFinding('gcp-project-invalid', project, message)] };
  }
  const names = ['GOOGLE_CLOUD_PROJECT', 'CLOUDSDK_CORE_PROJECT'];
  return { env: names.map((name) => literal(name, project.value)), findings: [] };
}

/** What another product calls `config-map` this one cannot do, because it writes nothing to the cluster. */
function readDelivery(
  explicit: Explicit<string> | undefined,
  windows: boolean,
): { kind: 'downward-api' | 'init-container'; findings: Finding[] } {
  const byDefault = (message: string) => ({
    kind: 'downward-api' as const,
    findings: explicit ? [annotationFinding('gcp-delivery-default', explicit, message)] : [],
  });
  switch (explicit?.value.toLowerCase().replace(/[-_]/g, '')) {
    case undefined:
    case 'downwardapi':
      return { kind: 'downward-api', findings: [] };
    case 'initcontainer':
      if (windows)
        return byDefault(
          'the init container needs Linux, so downward-api is used for this Windows pod; remove it here',
        );
      return { kind: 'init-container', findings: [] };
    case 'configmap':
      return byDefault('cwii writes nothing to the cluster, so downward-api is used; remove it');
    default:
      return byDefault('not a way of delivery, so downward-api is used; write downward-api or init-container');
  }
}
