// Generates the files for the control-plane nodes.

import type { Cluster } from '../../cluster-file/cluster-file.ts';
import { isFirstDeployment } from '../../cluster-file/issuer-url.ts';
import { authenticationApiVersion } from '../../cluster-file/kubernetes-version.ts';
import { CwiiError } from '../../lib/common/errors.ts';
import {
  type AdmissionNeeds,
  admissionConfiguration,
  WEBHOOK_KUBECONFIG,
  webhookKubeconfig,
} from './admission-configuration.ts';
import {
  ADMISSION_CONFIGURATION,
  AUTHENTICATION_CONFIGURATION,
  hasAdmission,
  type IssuerChange,
} from './api-server-flags.ts';
import { commentedAuthenticationConfiguration } from './authentication-configuration.ts';
import { currentTokenFlags, type Distribution, distributions, snippetFor } from './distribution.ts';
import { CONTROL_PLANE, type GeneratedFile, yamlFile } from './generated-file.ts';
import { STATIC_POLICIES, STATIC_WEBHOOKS } from './names.ts';
import type { CallerKind, GenerateOptions } from './options.ts';
import { callerServiceAccount, RENEWAL_SCRIPT, renewalFiles } from './service-account-caller.ts';
import type { StackOutputs } from './stack-outputs.ts';
import { staticFiles } from './static-manifests.ts';
import { trustedFunctionsWithArn } from './trusted-functions.ts';

/** The files that the API servers read, and a snippet for the configuration of each distribution. */
export function controlPlaneFiles(
  cluster: Cluster,
  outputs: StackOutputs,
  options: GenerateOptions,
  webhookUrl: string,
): readonly GeneratedFile[] {
  const { credential, issuerHosting } = cluster;
  const authentication = credential.webIdentity !== undefined;
  const caller = callerKindOf(cluster, options);
  const fixed = options.static ? staticFiles(cluster, webhookUrl, options) : [];
  const has = (folder: string) => fixed.some(({ path }) => path.startsWith(`${CONTROL_PLANE}/${folder}/`));
  const admission = {
    token: caller !== undefined,
    staticWebhooks: has(STATIC_WEBHOOKS),
    staticPolicies: has(STATIC_POLICIES),
  };
  const files = [
    ...(authentication ? [authenticationFile(cluster, outputs)] : []),
    ...admissionFiles(webhookUrl, admission, caller),
    ...fixed,
  ];
  if (files.length === 0 && !issuerHosting) return [];
  const renewal = caller === 'service-account' ? renewalFiles(callerServiceAccount(cluster), webhookUrl) : [];
  const chosen = distributionsFor(caller, options);
  const filesByName = Object.fromEntries(files.map(({ path, text }) => [path.slice(CONTROL_PLANE.length + 1), text]));
  const snippets = chosen.map((distribution) => ({
    path: `${CONTROL_PLANE}/${distribution}.yaml`,
    purpose: `The configuration of ${distribution} for these files and the API server's flags.`,
    // On Talos the configuration contains the files.
    secret: distribution === 'talos' && files.some(({ secret }) => secret),
    text: snippetFor(distribution, {
      files: filesByName,
      authentication,
      admission,
      issuer: issuerHosting && issuerChange(cluster, outputs, distribution, options),
    }),
  }));
  return [...files, ...renewal, ...snippets];
}

/**
 * How the API server authenticates; undefined if it has only a path key.
 *
 * @throws {CwiiError} `manifest-input-invalid` for a token that the function would not accept.
 */
export function callerKindOf({ name, callers }: Cluster, { caller }: GenerateOptions): CallerKind | undefined {
  const [hasDigest, hasSubject] = [callers.tokenSha256.length > 0, callers.subjects.length > 0];
  if (caller === 'digest' && !hasDigest)
    throw new CwiiError(
      'manifest-input-invalid',
      `cluster ${name} has no digest in callers.tokenSha256; run \`cwii caller-token\`, or remove --caller digest`,
    );
  return caller ?? (hasDigest ? 'digest' : hasSubject ? 'service-account' : undefined);
}

/** @throws {CwiiError} `manifest-input-invalid` for Talos, which runs no program of cwii on its nodes. */
function distributionsFor(caller: CallerKind | undefined, { distribution }: GenerateOptions): readonly Distribution[] {
  if (caller === 'service-account' && distribution === 'talos')
    throw new CwiiError(
      'manifest-input-invalid',
      'Talos has no systemd that could renew the token of a ServiceAccount; use --caller digest with a token from `cwii caller-token`',
    );
  if (distribution) return [distribution];
  return caller === 'service-account' ? distributions.filter((name) => name !== 'talos') : distributions;
}

const versionNotes = {
  v1: 'v1 is for Kubernetes 1.34 and newer: with an older API server, set kubernetesVersion in cwii.yaml and run the command again, because it would not start.',
  v1beta1: 'v1beta1 works with Kubernetes 1.30 to 1.37. From 1.34 on, set kubernetesVersion in cwii.yaml to get v1.',
} as const;

function authenticationFile(
  { credential, issuerHosting, kubernetesVersion }: Cluster,
  outputs: StackOutputs,
): GeneratedFile {
  const { issuer = '', audience = '' } = credential.webIdentity ?? {};
  const apiVersion = authenticationApiVersion(kubernetesVersion);
  return yamlFile({
    path: `${CONTROL_PLANE}/${AUTHENTICATION_CONFIGURATION}`,
    purpose:
      'Maps tokens of AWS STS to users of the cluster. For --authentication-config, which cannot be combined with --oidc flags. If you already have such a file, add the entry of `jwt` to it.',
    header: `AuthenticationConfiguration, for --authentication-config. The flag cannot be combined with --oidc flags: convert those to another entry of \`jwt\`. If you already have such a file, add the entry to it. The file does not set \`anonymous\`, so the flag for anonymous requests stays in effect. ${versionNotes[apiVersion]} The API server reloads the file when it changes.`,
    objects: [
      commentedAuthenticationConfiguration({
        issuer,
        audience,
        apiVersion,
        functions: trustedFunctionsWithArn(outputs, issuerHosting !== undefined),
      }),
    ],
  });
}

function admissionFiles(webhookUrl: string, needs: AdmissionNeeds, caller: CallerKind | undefined): GeneratedFile[] {
  if (!hasAdmission(needs)) return [];
  const maker = caller === 'service-account' ? `\`${RENEWAL_SCRIPT}\`` : '`cwii caller-token`';
  const isStatic = needs.staticWebhooks || needs.staticPolicies;
  const older =
    'An API server of 1.36 does not start with staticManifestsDir, and an older one ignores it, so that nobody calls the webhook.';
  return [
    yamlFile({
      path: `${CONTROL_PLANE}/${ADMISSION_CONFIGURATION}`,
      purpose:
        'How the API server authenticates to webhooks. For --admission-control-config-file. If you already have such a file, add the plugin to it.',
      header: `AdmissionConfiguration, for --admission-control-config-file. If you already have such a file (for instance with defaults for PodSecurity), add the plugin to it.${isStatic ? ` ${older}` : ''}`,
      objects: [admissionConfiguration(needs)],
    }),
    ...(needs.token
      ? [
          yamlFile({
            path: `${CONTROL_PLANE}/${WEBHOOK_KUBECONFIG}`,
            purpose: `The webhook's host, and the file with the token for it: \`caller-token\` in the same directory, mode 0600, from ${maker}.`,
            header: 'The token that the API server sends to the webhook.',
            objects: [webhookKubeconfig(webhookUrl, maker)],
          }),
        ]
      : []),
  ];
}

function issuerChange(
  cluster: Cluster,
  outputs: StackOutputs,
  distribution: Distribution,
  options: GenerateOptions,
): IssuerChange {
  const { name, issuer, api, settings, issuerHosting } = cluster;
  if (isFirstDeployment(issuer)) {
    throw new CwiiError(
      'manifest-input-invalid',
      `the issuer of cluster ${name} is still the placeholder ${issuer}: this was the first of two deployments. Write the value of the stack output IssuerDistributionDomain as the host of issuer in cwii.yaml, run \`npx cdk deploy\` again, and then this command`,
    );
  }
  checkDistribution(cluster, outputs);
  const current = currentTokenFlags(distribution, api.url, options.oldIssuers ?? issuerHosting?.oldIssuers);
  const { oldIssuers } = current;
  if (options.issuerRound === 'first' && oldIssuers.every((old) => old === issuer)) {
    throw new CwiiError(
      'manifest-input-invalid',
      `cluster ${name} has no other issuer than ${issuer}, so no first round is needed; run the command without --issuer-round`,
    );
  }
  const oldAudiences = options.apiAudiences ?? current.oldAudiences;
  return { issuer, oldIssuers, oldAudiences, audiences: settings.apiAudiences, round: options.issuerRound };
}

/**
 * A name of CloudFront belongs to one distribution. With another one, clouds would trust a stranger's keys.
 */
function checkDistribution({ name, issuer }: Cluster, outputs: StackOutputs): void {
  const { hostname } = new URL(issuer);
  if (!hostname.endsWith('.cloudfront.net')) return;
  const served = outputs.get('IssuerDistributionDomain');
  if (served === hostname) return;
  throw new CwiiError(
    'manifest-input-invalid',
    `the issuer of cluster ${name} is on ${hostname}, but the distribution of its stack is ${served}; write ${served} as the host of issuer in cwii.yaml, and run \`npx cdk deploy\` again`,
  );
}
