// Checks what the API server signs: a token at all, the issuer of cwii.yaml, with a key that clouds accept.

import type { Cluster } from '../../../cluster-file/cluster-file.ts';
import { isFirstDeployment, isPrivateHost, issuerProblem } from '../../../cluster-file/issuer-url.ts';
import { type CloudName, cloudsRejecting } from '../../../lib/issuer/notices.ts';
import { readPublicKey } from '../../../lib/issuer/public-key.ts';
import { CONTROL_PLANE } from '../../manifests/generated-file.ts';
import { type Check, failed, type Outcome, passed, skipped } from '../check.ts';
import { requireCluster } from '../context.ts';
import { differenceOf } from '../difference.ts';
import { clusterKeys, shortKeyId, trustedIssuer } from './documents.ts';
import { signedToken } from './signed-token.ts';

export const token: Check = {
  code: 'issuer-token',
  run: async (context) => {
    const { issuer, algorithm, keyId, serviceAccount } = await context.fact(signedToken);
    if (issuer === '' || algorithm === '' || keyId === '')
      return failed(
        `the token of the ServiceAccount ${serviceAccount} has no ${issuer === '' ? 'iss' : algorithm === '' ? 'alg' : 'kid'}`,
        'look at the API server: it must sign JSON Web Tokens with a key ID',
      );
    return passed(`iss ${issuer}, ${algorithm}, kid ${shortKeyId(keyId)}`);
  },
};

/** @param installed whether the API server already signs the issuer that cwii hosts. */
export function matches(installed: boolean): Check {
  return {
    code: 'issuer-matches',
    needs: ['issuer-token'],
    run: async (context) => {
      requireCluster(context.cluster);
      return compareIssuers((await context.fact(signedToken)).issuer, context.cluster, installed);
    },
  };
}

interface IssuerOfFile {
  readonly issuer: string;
  readonly issuerHosting?: { readonly oldIssuers?: readonly string[] | undefined } | undefined;
}

export function compareIssuers(signed: string, { issuer, issuerHosting }: IssuerOfFile, installed: boolean): Outcome {
  if (signed === issuer) return passed();
  if (isFirstDeployment(issuer))
    return installed
      ? failed(
          `cwii.yaml still has the placeholder ${issuer}; the API server signs ${signed}`,
          'write the value of the stack output IssuerDistributionDomain into the host of issuer, deploy, and run `cwii manifests`',
        )
      : skipped('the issuer is known after the first deployment');
  const isOld = issuerHosting?.oldIssuers?.includes(signed) ?? false;
  if (isOld && !installed) return skipped(`the API server signs ${signed}, which the installation changes`);
  const cause = `the API server signs iss "${signed}", cwii.yaml has "${issuer}": clouds reject the tokens. ${differenceOf(signed, issuer)}`;
  return failed(
    cause,
    isOld
      ? `give every API server the first flag --service-account-issuer=${issuer}, as ${CONTROL_PLANE}/ of \`cwii manifests\` says`
      : `start every API server with --service-account-issuer=${issuer} as the first of these flags, or correct issuer in cwii.yaml and deploy; then compare the trust in each cloud`,
  );
}

export const url: Check = {
  code: 'issuer-url',
  unlessFailed: ['issuer-matches'],
  run: async (context) => judgeUrl(await context.fact(trustedIssuer)),
};

export function judgeUrl(issuer: string): Outcome {
  const remedy =
    'publish the issuer at a public https URL: `issuerHosting` in cwii.yaml does that (docs/issuer.md); then change --service-account-issuer';
  const problem = issuerProblem(issuer);
  if (problem !== undefined) return failed(`the issuer ${problem}`, remedy);
  if (isPrivateHost(new URL(issuer).hostname)) return failed(`no cloud can reach the issuer ${issuer}`, remedy);
  return passed(issuer);
}

export const algorithms: Check = {
  code: 'issuer-algorithms',
  needs: ['issuer-token'],
  run: async (context) => {
    const { algorithm, keyId } = await context.fact(signedToken);
    const jwk = (await context.fact(clusterKeys)).find(({ kid }) => kid === keyId)?.jwk;
    return judgeKey({ algorithm, keyId, jwk }, cloudsOf(context.cluster));
  },
};

export interface SigningKeyFacts {
  readonly algorithm: string;
  readonly keyId: string;
  /** Undefined if the API server's JWKS does not have it. */
  readonly jwk: unknown;
}

const NEW_KEY =
  'let the API server sign with an RSA key of 2048 bits or more (docs/issuer.md, "Rotate the cluster\'s signing key")';

export function judgeKey({ algorithm, keyId, jwk }: SigningKeyFacts, clouds: readonly CloudName[]): Outcome {
  if (clouds.length === 0) return skipped('cwii.yaml enables no cloud');
  const name = `the signing key ${shortKeyId(keyId)}`;
  if (jwk === undefined)
    return failed(
      `${name} is not in the API server's own key set (/openid/v1/jwks)`,
      'give --service-account-key-file the public key of --service-account-signing-key-file, on every API server',
    );
  try {
    readPublicKey(jwk);
  } catch (error) {
    return failed(`${name} (${algorithm}) ${(error as Error).message}`, NEW_KEY);
  }
  const rejecting = cloudsRejecting(algorithm).filter((cloud) => clouds.includes(cloud));
  if (rejecting.length === 0) return passed(`${algorithm} for ${clouds.join(', ')}`);
  const disable = rejecting.length === clouds.length ? '' : `, or disable ${rejecting.join(' and ')} in cwii.yaml`;
  return failed(
    `${rejecting.join(' and ')} ${rejecting.length === 1 ? 'rejects' : 'reject'} tokens of ${name}, because they are ${algorithm}`,
    NEW_KEY + disable,
  );
}

/** The clouds that the webhook gives identities of: all, unless cwii.yaml disables them. */
export function cloudsOf(cluster: Pick<Cluster, 'providers'> | undefined): readonly CloudName[] {
  const { aws, azure, gcp } = cluster?.providers ?? {};
  const enabled = { AWS: aws?.enabled, Azure: azure?.enabled, GCP: gcp?.enabled } as const;
  return (Object.keys(enabled) as CloudName[]).filter((cloud) => enabled[cloud] ?? true);
}
