// How a function authenticates to the cluster: environment variables, and the permissions it needs.

import { Token } from 'aws-cdk-lib';
import { PolicyStatement, type Role } from 'aws-cdk-lib/aws-iam';
import type { ISecret, Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { WEB_IDENTITY_SECONDS } from '../lib/settings/cluster-credential.ts';
import { allowSecretKey } from './encryption-key.ts';
import { acknowledge } from './nag.ts';
import { constructError } from './synth-checks.ts';

/** Stands for the ARN of a secret that the same deployment creates, when settings are validated at synth. */
export const SECRET_ARN_AT_SYNTH = 'arn:aws:secretsmanager:us-east-1:123456789012:secret:known-at-deployment-AbCdEf';

/** Options of `ClusterCredential.webIdentity`. */
export interface WebIdentityOptions {
  /** The audience that only this cluster accepts, so that a token cannot be replayed to another cluster. */
  readonly audience: string;
  /** The algorithm with which AWS signs the token. The API server accepts both. @default 'ES384' */
  readonly signingAlgorithm?: 'ES384' | 'RS256';
}

/** One of the four ways to authenticate to the cluster. */
export abstract class ClusterCredential {
  /**
   * A token that AWS STS signs for the function's role. Nothing is stored. Outbound identity federation must
   * be enabled in the account (`aws iam enable-outbound-web-identity-federation`), which CloudFormation
   * cannot do.
   */
  static webIdentity(options: WebIdentityOptions): ClusterCredential {
    return new WebIdentity(options);
  }

  /** A ServiceAccount token in Secrets Manager. `TokenSecret` creates one and rotates it. */
  static secret(secret: ISecret | Secret): ClusterCredential {
    return new StoredToken(secret as ISecret);
  }

  /**
   * A presigned GetCallerIdentity request for aws-iam-authenticator. `clusterId` is the authenticator's
   * cluster ID.
   */
  static eks(clusterId: string): ClusterCredential {
    return new WithoutPermission({ CWII_KUBE_CREDENTIAL: `eks:${clusterId}` });
  }

  /** The cluster is not read. Only annotations on the pod itself, and static ones, have an effect. */
  static none(): ClusterCredential {
    return new WithoutPermission({});
  }

  /** The environment variables that configure the credential. */
  abstract readonly environment: Readonly<Record<string, string>>;

  /** The same, with a placeholder for a value that is known only at deployment. */
  get environmentAtSynth(): Readonly<Record<string, string>> {
    return this.environment;
  }

  /** Grants a function's role the permissions that the credential needs. */
  abstract grantTo(role: Role): void;
}

class WebIdentity extends ClusterCredential {
  readonly environment: Readonly<Record<string, string>>;
  readonly #audience: string;
  readonly #algorithm: string;

  constructor({ audience, signingAlgorithm = 'ES384' }: WebIdentityOptions) {
    super();
    this.#audience = audience;
    this.#algorithm = signingAlgorithm;
    this.environment = {
      CWII_KUBE_CREDENTIAL: `web-identity:${audience}`,
      CWII_WEB_IDENTITY_ALGORITHM: signingAlgorithm,
    };
  }

  override grantTo(role: Role): void {
    const statement = new PolicyStatement({
      sid: 'TokenForThisClusterOnly',
      actions: ['sts:GetWebIdentityToken'],
      // STS has no resource for this action; the conditions limit it.
      resources: ['*'],
      conditions: {
        // ForAllValues also matches a request without the key, which Null excludes.
        'ForAllValues:StringEquals': { 'sts:IdentityTokenAudience': [this.#audience] },
        Null: { 'sts:IdentityTokenAudience': 'false' },
        NumericLessThanEquals: { 'sts:DurationSeconds': String(WEB_IDENTITY_SECONDS) },
        StringEquals: { 'sts:SigningAlgorithm': this.#algorithm },
      },
    });
    role.addToPolicy(statement);
    acknowledge(
      role,
      'AwsSolutions-IAM5[Resource::*]',
      'STS has no resource for GetWebIdentityToken; audience, algorithm and duration are its conditions.',
    );
  }
}

class StoredToken extends ClusterCredential {
  readonly environment: Readonly<Record<string, string>>;
  readonly #secret: ISecret;

  constructor(secret: ISecret) {
    super();
    if (!secret.secretFullArn) {
      throw constructError(
        secret,
        'secret-arn-partial',
        'the secret has only a partial ARN, for which the permission would need a wildcard; import it with Secret.fromSecretCompleteArn',
      );
    }
    this.#secret = secret;
    this.environment = { CWII_KUBE_CREDENTIAL: `secret:${secret.secretFullArn}` };
  }

  override get environmentAtSynth(): Readonly<Record<string, string>> {
    const arn = this.#secret.secretFullArn;
    if (!Token.isUnresolved(arn)) return this.environment;
    return { CWII_KUBE_CREDENTIAL: `secret:${SECRET_ARN_AT_SYNTH}` };
  }

  override grantTo(role: Role): void {
    const { secretFullArn = '' } = this.#secret;
    role.addToPolicy(
      new PolicyStatement({
        sid: 'ReadTheToken',
        actions: ['secretsmanager:GetSecretValue'],
        resources: [secretFullArn],
      }),
    );
    allowSecretKey(this.#secret, role, 'read');
  }
}

class WithoutPermission extends ClusterCredential {
  readonly environment: Readonly<Record<string, string>>;

  constructor(environment: Readonly<Record<string, string>>) {
    super();
    this.environment = environment;
  }

  override grantTo(): void {}
}
