// The identity that the options of `cwii trust` describe, without a look at the cluster.

import { EXTERNAL_ID_FORMAT } from '../../lib/providers/services/aws-target-role.ts';
import { GCP_AUDIENCE, GCP_SERVICE_ACCOUNT, ROLE_ARN, UUID } from '../../lib/settings/formats.ts';
import type { MutateSettings } from '../../lib/settings/webhook-config.ts';
import { type Cloud, clouds, type Identity, type TargetRole } from './identities.ts';
import { invalidInput } from './trust-input.ts';

export interface IdentityOptions {
  /** A cloud, or the name of a service. */
  readonly cloud: string;
  readonly role?: string;
  readonly targetRole?: string;
  readonly externalId?: string;
  readonly clientId?: string;
  readonly provider?: string;
  readonly serviceAccount?: string;
  readonly audience?: string;
}

const optionsOf: Readonly<Record<Cloud, readonly (keyof IdentityOptions)[]>> = {
  aws: ['role', 'targetRole', 'externalId'],
  azure: ['clientId'],
  gcp: ['provider', 'serviceAccount'],
};

/**
 * @returns undefined if the ServiceAccount has to be read.
 * @throws {CwiiError} `trust-input-invalid` for a malformed value, or an option of another cloud.
 */
export function givenIdentity(options: IdentityOptions, { providers }: MutateSettings): Identity | undefined {
  checkOptions(options);
  const { role, clientId, provider, serviceAccount, audience } = options;
  const cloud = clouds.find((one) => one === options.cloud);
  const token = { expirationSeconds: 3600 };
  switch (cloud) {
    case undefined:
      return undefined;
    case 'aws':
      return role === undefined
        ? undefined
        : {
            cloud,
            ...token,
            roleArn: role,
            audience: audience ?? providers.aws.defaultAudience,
            region: undefined,
            target: targetIn(options),
          };
    case 'azure':
      return clientId === undefined
        ? undefined
        : {
            cloud,
            ...token,
            clientId,
            audience: audience ?? providers.az.defaultAudience,
            tenantId: providers.az.defaultTenantId ?? '',
            authorityHost: '',
          };
    case 'gcp': {
      const name = (provider ?? providers.gcp.defaultAudience)?.replace(/^https:/, '');
      return provider === undefined || name === undefined
        ? undefined
        : {
            cloud,
            ...token,
            provider: name,
            audience: audience ?? `https:${name}`,
            serviceAccount,
            accessSeconds: undefined,
          };
    }
  }
}

function targetIn({ targetRole: roleArn, externalId }: IdentityOptions): TargetRole | undefined {
  return roleArn === undefined ? undefined : { roleArn, externalId };
}

function checkOptions(options: IdentityOptions): void {
  const { cloud, role, clientId, provider, serviceAccount, targetRole, externalId } = options;
  for (const [other, names] of Object.entries(optionsOf)) {
    const foreign = other === cloud ? undefined : names.find((name) => options[name] !== undefined);
    if (foreign) throw invalidInput(`${flag(foreign)} belongs to --cloud ${other}; remove it, or choose that cloud`);
  }
  const malformed = (
    [
      ['role', role, ROLE_ARN, 'the ARN of an IAM role: arn:aws:iam::ACCOUNT:role/NAME'],
      ['targetRole', targetRole, ROLE_ARN, 'the ARN of an IAM role: arn:aws:iam::ACCOUNT:role/NAME'],
      ['externalId', externalId, EXTERNAL_ID_FORMAT, '2 to 1224 letters, digits and _+=,.@:/-'],
      ['clientId', clientId, UUID, 'a client ID: 11111111-2222-3333-4444-555555555555'],
      [
        'provider',
        provider,
        GCP_AUDIENCE,
        'the full name of a provider: //iam.googleapis.com/projects/NUMBER/locations/global/workloadIdentityPools/POOL/providers/NAME',
      ],
      ['serviceAccount', serviceAccount, GCP_SERVICE_ACCOUNT, 'the e-mail address of a service account'],
    ] as const
  ).find(([, value, pattern]) => value !== undefined && !pattern.test(value));
  if (malformed) throw invalidInput(`${flag(malformed[0])} "${malformed[1]}" is malformed; write ${malformed[3]}`);
  if (targetRole !== undefined && role === undefined)
    throw invalidInput('--target-role needs --role; without both, the ServiceAccount of the cluster is read');
  if (externalId !== undefined && targetRole === undefined) throw invalidInput('--external-id needs --target-role');
  if (serviceAccount !== undefined && provider === undefined)
    throw invalidInput('--service-account needs --provider; without both, the ServiceAccount of the cluster is read');
}

function flag(name: string): string {
  return `--${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}
