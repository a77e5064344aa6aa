// Generates the files for the control-plane nodes.

import type { Cluster } from '../../cluster-file/cluster-file.ts';
import { isFirstDeployment } from '../../cluster-file/issuer-url.ts';
import { authenticationApiVersion } from '../../cluster-file/kubernetes-version.ts';
import { CwiiError } from '../../lib/common/errors.ts';
import { admissionConfiguration, WEBHOOK_KUBECONFIG, webhookKubeconfig } from './admission-configuration.ts';
import { ADMISSION_CONFIGURATION, AUTHENTICATION_CONFIGURATION, type IssuerChange } from './api-server-flags.ts';
import { commentedAuthenticationConfiguration } from './authentication-configuration.ts';
import { currentTokenFlags, type Distribution, distributions, snippetFor } from './distribution.ts';
import { CONTROL_PLANE, type GeneratedFile, yamlFile } from './generated-file.ts';
import type { GenerateOptions } from './options.ts';
import type { StackOutputs } from './stack-outputs.ts';
import { trustedFunctionsWithArn } from './trusted-functions.ts';

/** The files that the API servers read, and a snippet for the configuration of each distribution. */
export function controlPlaneFiles(
  cluster: Cluster,
  outputs: StackOutputs,
  options: GenerateOptions,
  webhookUrl: string,
): readonly GeneratedFile[] {
  const { credential, issuerHosting, callers } = cluster;
  const authentication = credential.webIdentity !== undefined;
  const admission = callers.tokenSha256.length > 0;
  const files = [
    ...(authentication ? [authenticationFile(cluster, outputs)] : []),
    ...(admission ? admissionFiles(webhookUrl) : []),
  ];
  if (files.length === 0 && !issuerHosting) return [];
  const chosen = options.distribution ? [options.distribution] : distributions;
  const filesByName = Object.fromEntries(files.map(({ path, text }) => [path.slice(CONTROL_PLANE.length + 1), text]));
  const snippets = chosen.map((distribution) => ({
    path: `${CONTROL_PLANE}/${distribution}.yaml`,
    purpose: `The configuration of ${distribution} for these files and the API server's flags.`,
    text: snippetFor(distribution, {
      files: filesByName,
      authentication,
      admission,
      issuer: issuerHosting && issuerChange(cluster, outputs, distribution, options),
    }),
  }));
  return [...files, ...snippets];
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

function admissionFiles(webhookUrl: string): GeneratedFile[] {
  return [
    yamlFile({
      path: `${CONTROL_PLANE}/${ADMISSION_CONFIGURATION}`,
      purpose:
        'How the API server authenticates to webhooks. For --admission-control-config-file. If you already have such a file, add the plugin to it.',
      header:
        'AdmissionConfiguration, for --admission-control-config-file. If you already have such a file (for instance with defaults for PodSecurity), add the plugin to it.',
      objects: [admissionConfiguration()],
    }),
    yamlFile({
      path: `${CONTROL_PLANE}/${WEBHOOK_KUBECONFIG}`,
      purpose:
        "The webhook's host, and the file with the token for it: `caller-token` in the same directory, mode 0600, from `cwii caller-token`.",
      header: 'The token that the API server sends to the webhook.',
      objects: [webhookKubeconfig(webhookUrl)],
    }),
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
