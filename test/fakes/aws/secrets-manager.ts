// A fake of AWS Secrets Manager: versions of secrets with their stages, over its JSON protocol.

import { randomUUID } from 'node:crypto';
import { type AwsAnswer, type AwsCall, AwsEndpoint } from './endpoint.ts';
import type { Credentials } from './signature.ts';

export interface SecretsOptions {
  readonly region: string;
  readonly caller: Credentials;
}

export interface Secrets {
  readonly endpoint: AwsEndpoint;
  /** Values by ARN, oldest first: the last one is AWSCURRENT, the one before it AWSPREVIOUS. */
  readonly versions: Map<string, string[]>;
}

export async function startSecretsManager({ region, caller }: SecretsOptions): Promise<Secrets> {
  const versions = new Map<string, string[]>();

  function answer({ headers, body }: AwsCall): AwsAnswer {
    const { SecretId = '', SecretString = '' } = JSON.parse(body) as Record<string, string>;
    const values = versions.get(SecretId);
    if (!values) return refuse(400, 'ResourceNotFoundException', "Secrets Manager can't find the specified secret.");
    switch (headers['x-amz-target']) {
      case 'secretsmanager.GetSecretValue': {
        const value = values.at(-1);
        if (value === undefined)
          return refuse(
            400,
            'ResourceNotFoundException',
            "Secrets Manager can't find the specified secret value for staging label: AWSCURRENT",
          );
        return json(200, {
          ARN: SecretId,
          SecretString: value,
          VersionId: randomUUID(),
          VersionStages: ['AWSCURRENT'],
        });
      }
      case 'secretsmanager.PutSecretValue':
        values.push(SecretString);
        return json(200, { ARN: SecretId, VersionId: randomUUID(), VersionStages: ['AWSCURRENT'] });
      default:
        return refuse(400, 'UnknownOperationException', `no ${headers['x-amz-target']} here`);
    }
  }

  const endpoint = await AwsEndpoint.start({ service: 'secretsmanager', region, callers: [caller], answer, refuse });
  return { endpoint, versions };
}

function refuse(status: number, code: string, message: string): AwsAnswer {
  return json(status, { __type: code, message });
}

function json(status: number, body: object): AwsAnswer {
  return { status, type: 'application/x-amz-json-1.1', body: JSON.stringify(body) };
}
