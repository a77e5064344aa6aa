// Asks how the function authenticates to a new cluster.

import { versionNeeds } from '../../cluster-file/kubernetes-version.ts';
import { clusterSchema } from '../../cluster-file/schema.ts';
import { warn } from '../report.ts';
import type { Answers } from './answers.ts';

export const credentials = ['web-identity', 'secret', 'eks', 'none'] as const;

export interface CredentialOptions {
  readonly credential?: string;
  readonly stsIssuer?: string;
  readonly eksCluster?: string;
}

/** @param minor the minor version of Kubernetes; undefined if it is unknown. */
export async function askCredential(options: CredentialOptions, minor: number | undefined, answers: Answers) {
  const { minor: first } = versionNeeds['web-identity'];
  const isTooOld = minor !== undefined && minor < first;
  if (isTooOld && options.credential === undefined)
    warn(
      'web-identity-unsupported',
      `Kubernetes 1.${minor} does not support web identities, which need 1.${first}; the default credential is secret`,
    );
  const kind = await answers.choose(credentials, {
    option: '--credential <kind>',
    prompt: 'How the function authenticates to the cluster',
    value: options.credential,
    byDefault: isTooOld ? 'secret' : 'web-identity',
  });
  const shape = clusterSchema.shape.credential.shape;
  if (kind === 'web-identity') {
    const issuer = await answers.ask({
      option: '--sts-issuer <url>',
      prompt:
        "The account's issuer (aws iam get-outbound-web-identity-federation-info --query IssuerIdentifier --output text)",
      value: options.stsIssuer,
      schema: shape.webIdentity.unwrap().shape.issuer,
    });
    // Empty if the answer is missing, which is reported with the other missing ones.
    if (issuer !== '' && !issuer.includes('.tokens.sts.'))
      warn(
        'sts-issuer-unusual',
        `${issuer} does not look like the issuer of an AWS account, https://UUID.tokens.sts.global.api.aws; compare it with \`aws iam get-outbound-web-identity-federation-info\``,
      );
    return { credentialKind: kind, credential: { webIdentity: { issuer } } };
  }
  if (kind !== 'eks') return { credentialKind: kind, credential: { [kind]: {} } };
  const cluster = await answers.ask({
    option: '--eks-cluster <id>',
    prompt: "aws-iam-authenticator's cluster ID",
    value: options.eksCluster,
    schema: shape.eks.unwrap().shape.cluster,
  });
  return { credentialKind: kind, credential: { eks: { cluster } } };
}
