// How a function authenticates to the cluster: the setting that says so, and exactly the permissions that it takes.

import { Stack, Token } from 'aws-cdk-lib';
import { PolicyStatement, type Role } from 'aws-cdk-lib/aws-iam';
import { ViaServicePrincipal } from 'aws-cdk-lib/aws-kms';
import type { ISecret, Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { CwiiError } from '../lib/common/errors.ts';
import { WEB_IDENTITY_SECONDS } from '../lib/settings/cluster-credential.ts';
import { acknowledgeRule } from './acknowledged-rules.ts';

/** Stands for the ARN of a secret that is made by the same deployment, where settings are checked. */
export const SECRET_ARN_AT_SYNTH = 'arn:aws:secretsmanager:us-east-1:123456789012:secret:known-at-deployment-AbCdEf';

export interface WebIdentityOptions {
  /** The audience that this cluster alone accepts, so that no other cluster can replay the token. */
  readonly audience: string;
  /** What AWS signs the token with; the API server accepts both. @default 'ES384' */
  readonly signingAlgorithm?: 'ES384' | 'RS256';
}

/** One of the four ways into the cluster. */
export abstract class ClusterCredential {
  /**
   * A token that AWS STS signs for the function's role. Nothing is stored. The account must have outbound identity
   * federation switched on (`aws iam enable-outbound-web-identity-federation`), which CloudFormation cannot do.
   */
  static webIdentity(options: WebIdentityOptions): ClusterCredential {
    return new WebIdentity(options);
  }

  /** A ServiceAccount's token in Secrets Manager; `TokenSecret` makes one that renews itself. */
  static secret(secret: ISecret | Secret): ClusterCredential {
    return new StoredToken(secret as ISecret);
  }

  /** A presigned GetCallerIdentity, for a cluster with aws-iam-authenticator; `clusterId` is the authenticator's. */
  static eks(clusterId: string): ClusterCredential {
    return new WithoutPermission({ CWII_KUBE_CREDENTIAL: `eks:${clusterId}` });
  }

  /** The cluster is not read: only annotations on the pod itself, and static ones, count. */
  static none(): ClusterCredential {
    return new WithoutPermission({});
  }

  /** The environment variables that say so to a function. */
  abstract readonly environment: Readonly<Record<string, string>>;

  /** The same with a value of the same form where `environment` has one that only deployment knows. */
  get environmentAtSynth(): Readonly<Record<string, string>> {
    return this.environment;
  }

  /** Gives a function's role what it needs for it. */
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
      // STS knows no resource for it; the conditions are the limit.
      resources: ['*'],
      conditions: {
        // ForAllValues holds for a request without the key as well: Null asks that it be there.
        'ForAllValues:StringEquals': { 'sts:IdentityTokenAudience': [this.#audience] },
        Null: { 'sts:IdentityTokenAudience': 'false' },
        NumericLessThanEquals: { 'sts:DurationSeconds': String(WEB_IDENTITY_SECONDS) },
        StringEquals: { 'sts:SigningAlgorithm': this.#algorithm },
      },
    });
    role.addToPolicy(statement);
    acknowledgeRule(
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
      throw new CwiiError(
        'secret-arn-partial',
        `${secret.node.path}: the secret is known by a partial ARN, which would need a permission with a wildcard; import it by Secret.fromSecretCompleteArn`,
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
    const { encryptionKey, secretFullArn = '' } = this.#secret;
    role.addToPolicy(
      new PolicyStatement({
        sid: 'ReadTheToken',
        actions: ['secretsmanager:GetSecretValue'],
        resources: [secretFullArn],
      }),
    );
    const service = `secretsmanager.${Stack.of(this.#secret).region}.amazonaws.com`;
    encryptionKey?.grantDecrypt(new ViaServicePrincipal(service, role));
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
