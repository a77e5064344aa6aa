// What the control-plane nodes need, from a cluster's entry in cwii.yaml and its stack's outputs.

import type { Cluster } from '../../cluster-file/cluster-file.ts';
import { FIRST_DEPLOYMENT_HOST } from '../../cluster-file/issuer-url.ts';
import { CwiiError } from '../../lib/common/errors.ts';
import { admissionConfiguration, WEBHOOK_KUBECONFIG, webhookKubeconfig } from './admission-configuration.ts';
import { ADMISSION_CONFIGURATION, AUTHENTICATION_CONFIGURATION, type IssuerChange } from './api-server-flags.ts';
import { commentedAuthenticationConfiguration, type TrustedFunction } from './authentication-configuration.ts';
import type { ClusterSideOptions } from './cluster-side.ts';
import { type Distribution, distributions, snippetOf, tokensToday } from './distribution.ts';
import { CONTROL_PLANE, type GeneratedFile, yamlFile } from './generated-file.ts';
import { ISSUER_USER, WEBHOOK_USER } from './names.ts';
import type { StackOutputs } from './stack-outputs.ts';

/** What the API servers read, and a snippet for each distribution. */
export function controlPlaneFiles(
  cluster: Cluster,
  outputs: StackOutputs,
  options: ClusterSideOptions,
  url: string,
): readonly GeneratedFile[] {
  const { credential, issuerHosting, callers } = cluster;
  const { webIdentity } = credential;
  const admission = callers.tokenSha256.length > 0;
  const files = [
    ...(webIdentity
      ? [
          yamlFile(
            `${CONTROL_PLANE}/${AUTHENTICATION_CONFIGURATION}`,
            `Which tokens of AWS STS are users of the cluster. For --authentication-config; not together with --oidc flags. If you have such a file, add the entry below \`jwt\` to yours.`,
            'AuthenticationConfiguration, for --authentication-config. It goes not together with --oidc flags: write those as another entry of `jwt`. Where there is such a file already, add the entry to it. It says nothing on anonymous requests, which stay as the flag has them. Kubernetes 1.34 and newer; with 1.30 to 1.33 write v1beta1. The API server reads it again when it changes.',
            [
              commentedAuthenticationConfiguration({
                issuer: webIdentity.issuer,
                audience: webIdentity.audience,
                functions: trusted(outputs, issuerHosting !== undefined, true),
              }),
            ],
          ),
        ]
      : []),
    ...(admission
      ? [
          yamlFile(
            `${CONTROL_PLANE}/${ADMISSION_CONFIGURATION}`,
            'How the API server authenticates to webhooks. For --admission-control-config-file; if you have such a file, add the plugin to yours.',
            'AdmissionConfiguration, for --admission-control-config-file. Where there is such a file already (PodSecurity has its defaults there), add the plugin to it.',
            [admissionConfiguration()],
          ),
          yamlFile(
            `${CONTROL_PLANE}/${WEBHOOK_KUBECONFIG}`,
            "The webhook's host, and where the token for it is. Beside it belongs the file `caller-token`, mode 0600, which `cwii caller-token` makes.",
            'The token that the API server shows the webhook.',
            [webhookKubeconfig(url)],
          ),
        ]
      : []),
  ];
  if (files.length === 0 && !issuerHosting) return [];
  const chosen = options.distribution ? [options.distribution] : distributions;
  const named = Object.fromEntries(files.map(({ path, text }) => [path.slice(CONTROL_PLANE.length + 1), text]));
  const snippets = chosen.map((distribution) => ({
    path: `${CONTROL_PLANE}/${distribution}.yaml`,
    purpose: `Where that goes with ${distribution}, and the API server's flags.`,
    text: snippetOf(distribution, {
      files: named,
      authentication: webIdentity !== undefined,
      admission,
      issuer: issuerHosting && issuerChange(cluster, distribution, options),
    }),
  }));
  return [...files, ...snippets];
}

function issuerChange(cluster: Cluster, distribution: Distribution, options: ClusterSideOptions): IssuerChange {
  const { issuer, api, settings, issuerHosting } = cluster;
  if (new URL(issuer).hostname === FIRST_DEPLOYMENT_HOST) {
    throw new CwiiError(
      'manifest-input-invalid',
      `the issuer of cluster ${cluster.name} is still the stand-in ${issuer}; write the name that the stack's output IssuerDistributionDomain tells into cwii.yaml, deploy again, and then run this`,
    );
  }
  const today = tokensToday(distribution, api.url, options.oldIssuers ?? issuerHosting?.oldIssuers);
  const { oldIssuers } = today;
  if (options.issuerRound === 'first' && oldIssuers.every((old) => old === issuer)) {
    throw new CwiiError(
      'manifest-input-invalid',
      `cluster ${cluster.name} has no old issuer beside ${issuer}, so that there is nothing to do in a first round; run this without --issuer-round`,
    );
  }
  const oldAudiences = options.apiAudiences ?? today.oldAudiences;
  return { issuer, oldIssuers, oldAudiences, audiences: settings.apiAudiences, round: options.issuerRound };
}

/** The functions of the stack, and who they are. Without function ARNs where only roles are compared. */
export function trusted(
  outputs: StackOutputs,
  issuer: boolean,
  arns: boolean,
): readonly [TrustedFunction, ...TrustedFunction[]] {
  const one = (username: string, name: 'Webhook' | 'Issuer'): TrustedFunction => ({
    username,
    roleArn: outputs.get(`${name}RoleArn`),
    functionArn: arns ? outputs.get(`${name}FunctionArn`) : '',
  });
  return [one(WEBHOOK_USER, 'Webhook'), ...(issuer ? [one(ISSUER_USER, 'Issuer')] : [])];
}
