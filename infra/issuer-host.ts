// Whether a distribution can serve an issuer's host: by a certificate of its own, or under CloudFront's name.

import { Token } from 'aws-cdk-lib';
import type { IHostedZone } from 'aws-cdk-lib/aws-route53';
import type { Construct } from 'constructs';
import { FIRST_DEPLOYMENT_HOST } from '../cluster-file/issuer-url.ts';
import type { ErrorCode } from '../lib/common/error-codes.ts';
import { CwiiError } from '../lib/common/errors.ts';

export { FIRST_DEPLOYMENT_HOST };

interface Domain {
  readonly certificateArn: string;
  readonly hostedZone?: IHostedZone | undefined;
}

/** @throws {CwiiError} `issuer-host-not-served`, `certificate-region` or `hosted-zone-other`. */
export function checkServedHost(scope: Construct, host: string, domain: Domain | undefined): void {
  const refuse = (code: ErrorCode, message: string) => {
    throw new CwiiError(code, `${scope.node.path}: ${message}`);
  };
  const isCloudFronts = host.endsWith('.cloudfront.net');
  if (!domain) {
    if (!isCloudFronts) {
      refuse(
        'issuer-host-not-served',
        `without a certificate CloudFront serves its own name only, and not ${host}. Give the domain's certificate; or deploy twice: first with the issuer https://${FIRST_DEPLOYMENT_HOST}/NAME, then with the name that the distribution got (the stack's output IssuerDistributionDomain) in its place`,
      );
    }
    return;
  }
  if (isCloudFronts)
    refuse('issuer-host-not-served', `${host} is CloudFront's own name, for which it has a certificate; remove domain`);
  const region = Token.isUnresolved(domain.certificateArn) ? 'us-east-1' : domain.certificateArn.split(':')[3];
  if (region !== 'us-east-1') {
    refuse(
      'certificate-region',
      `the certificate ${domain.certificateArn} is not in us-east-1, the one region where CloudFront looks for it; request it there`,
    );
  }
  const zone = domain.hostedZone?.zoneName;
  if (zone !== undefined && !Token.isUnresolved(zone) && host !== zone && !host.endsWith(`.${zone}`))
    refuse('hosted-zone-other', `${host} is not in the zone ${zone}; give the zone that it is in, or none`);
}
