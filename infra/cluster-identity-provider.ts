// The cluster's issuer as an identity provider of the account, so that IAM roles can trust its ServiceAccounts.

import { Stack } from 'aws-cdk-lib';
import { OidcProviderNative } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { MOST_THUMBPRINTS, THUMBPRINT } from '../cluster-file/issuer-url.ts';
import { CwiiError } from '../lib/common/errors.ts';
import { type Issuer, knownIssuer } from './issuer.ts';

/** What a `WorkloadRole` needs of the provider. */
export interface TrustedIssuer {
  readonly providerArn: string;
  readonly issuer: Issuer;
  /** Undefined: not known here, because the provider is another stack's. */
  readonly audiences: readonly string[] | undefined;
}

export interface ClusterIdentityProviderProps {
  /**
   * The API server's `--service-account-issuer`, letter by letter. AWS fetches its documents over the internet, and
   * knows one provider for an issuer in an account. Its host must answer when the provider is made: where
   * `HostedIssuer` is in the same stack, `provider.node.addDependency(hostedIssuer)`.
   */
  readonly issuer: string;
  /** Which audiences tokens may have: what `cwii.dev/aws-audience` can ask for. @default ['sts.amazonaws.com'] */
  readonly audiences?: readonly string[] | undefined;
  /**
   * SHA-1 fingerprints of the last certificate in the chain that the issuer's host sends, 40 hex digits each, at most
   * five. With them IAM connects to nobody when the provider is made, so that the host need not answer yet; and there
   * may be regions whose CloudFormation asks for the list. For certificates of public authorities IAM does not use it.
   * @default none: IAM fetches the certificate itself
   */
  readonly thumbprints?: readonly string[] | undefined;
}

export class ClusterIdentityProvider extends Construct implements TrustedIssuer {
  readonly issuer: Issuer;
  readonly audiences: readonly string[];
  readonly providerArn: string;

  /** A provider that is there already. */
  static fromIssuer(scope: Construct, issuer: string): TrustedIssuer {
    const known = knownIssuer(scope, issuer);
    const { partition, account } = Stack.of(scope);
    const providerArn = `arn:${partition}:iam::${account}:oidc-provider/${known.hostAndPath}`;
    return { issuer: known, providerArn, audiences: undefined };
  }

  /** @throws {CwiiError} `issuer-…` for an issuer that AWS would refuse or never match, `audience-invalid`, `thumbprint-invalid`. */
  constructor(scope: Construct, id: string, props: ClusterIdentityProviderProps) {
    super(scope, id);
    this.issuer = knownIssuer(this, props.issuer);
    this.audiences = props.audiences ?? ['sts.amazonaws.com'];
    const wrong = this.audiences.find((audience) => !/^\S{1,255}$/.test(audience));
    if (wrong !== undefined || this.audiences.length === 0 || this.audiences.length > 100) {
      throw new CwiiError(
        'audience-invalid',
        `${this.node.path}: IAM takes 1 to 100 audiences of 1 to 255 characters${wrong === undefined ? `, not ${this.audiences.length}` : `; "${wrong}" is none`}`,
      );
    }
    const thumbprints = this.#checkedThumbprints(props.thumbprints ?? []);
    const provider = new OidcProviderNative(this, 'Provider', {
      url: this.issuer.url,
      clientIds: [...new Set(this.audiences)],
      ...(thumbprints.length > 0 && { thumbprints }),
    });
    this.providerArn = provider.oidcProviderArn;
  }

  #checkedThumbprints(thumbprints: readonly string[]): string[] {
    const wrong = thumbprints.find((thumbprint) => !THUMBPRINT.test(thumbprint));
    const distinct = [...new Set(thumbprints.map((thumbprint) => thumbprint.toLowerCase()))];
    if (wrong !== undefined || distinct.length > MOST_THUMBPRINTS) {
      throw new CwiiError(
        'thumbprint-invalid',
        `${this.node.path}: IAM takes at most ${MOST_THUMBPRINTS} thumbprints of 40 hex digits without colons${wrong === undefined ? `, not ${distinct.length}` : `; "${wrong}" is none`}`,
      );
    }
    return distinct;
  }
}
