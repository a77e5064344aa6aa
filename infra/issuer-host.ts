// Checks that CloudFront can serve the host of an issuer.

import { Token } from 'aws-cdk-lib';
import type { IHostedZone } from 'aws-cdk-lib/aws-route53';
import type { IConstruct } from 'constructs';
import { hostProblems, servingRemedy } from '../cluster-file/issuer-url.ts';
import { constructError } from './synth-checks.ts';

/** The certificate and the zone of an issuer on a domain of your own. */
export interface IssuerDomain {
  /** An ACM certificate for the issuer's host. It must be in us-east-1, the region that CloudFront uses. */
  readonly certificateArn: string;
  /** The public zone for the host's alias records. @default the records are created elsewhere */
  readonly hostedZone?: IHostedZone | undefined;
}

/** @throws {CwiiError} `issuer-host-not-served`, `certificate-region` or `hosted-zone-other`. */
export function checkIssuerHost(scope: IConstruct, host: string, domain: IssuerDomain | undefined): void {
  const zoneName = domain?.hostedZone?.zoneName;
  const zone = Token.isUnresolved(zoneName) ? undefined : zoneName;
  const faults = hostProblems(host, { hasCertificate: domain !== undefined, zone });
  if (faults.includes('certificate-missing'))
    throw constructError(
      scope,
      'issuer-host-not-served',
      `domain is missing, so CloudFront can serve only its own name, not ${host}; ${servingRemedy('domain.certificateArn')}`,
    );
  if (faults.includes('certificate-unused'))
    throw constructError(
      scope,
      'issuer-host-not-served',
      `domain cannot be used for ${host}, which is CloudFront's own name; remove domain`,
    );
  const arn = domain?.certificateArn;
  if (arn !== undefined && !Token.isUnresolved(arn) && arn.split(':')[3] !== 'us-east-1')
    throw constructError(
      scope,
      'certificate-region',
      `the certificate ${arn} is not in us-east-1, the region that CloudFront uses; request it there`,
    );
  if (faults.includes('zone-mismatch'))
    throw constructError(
      scope,
      'hosted-zone-other',
      `${host} is not in the hosted zone ${zone}; pass the zone of the host, or none`,
    );
}
