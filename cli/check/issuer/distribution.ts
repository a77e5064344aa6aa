// Checks that an issuer on CloudFront's own name is on the distribution of the stack.

import { isFirstDeployment } from '../../../cluster-file/issuer-url.ts';
import { type Check, failed, passed, skipped } from '../check.ts';

export const distribution: Check = {
  code: 'issuer-distribution',
  run: async ({ cluster, outputs }) => {
    if (!cluster?.issuerHosting) return skipped('cwii does not host the issuer');
    const { hostname } = new URL(cluster.issuer);
    if (isFirstDeployment(cluster.issuer) || !hostname.endsWith('.cloudfront.net'))
      return skipped("the issuer is not on a name of CloudFront's own");
    if (!outputs) return skipped('cdk-outputs.json was not found');
    const domain = outputs.get('IssuerDistributionDomain');
    return domain === hostname
      ? passed(domain)
      : failed(
          `cwii.yaml has the issuer host ${hostname}, but the stack's distribution is ${domain}: somebody else may publish keys there`,
          `write ${domain} as the host of issuer in cwii.yaml, deploy, and remove the trust in the other host from every cloud`,
        );
  },
};
