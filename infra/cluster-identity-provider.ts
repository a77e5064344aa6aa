// The IAM identity provider for a cluster's issuer, which lets IAM roles trust the cluster's ServiceAccounts.

import { Stack } from 'aws-cdk-lib';
import { OidcProviderNative } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { type Issuer, MAX_THUMBPRINTS, THUMBPRINT } from '../cluster-file/issuer-url.ts';
import { constructError, parseIssuerAtSynth } from './synth-checks.ts';

/** The part of an identity provider that a `WorkloadRole` needs. */
export interface TrustedIssuer {
  /** The ARN of the OIDC provider in IAM. */
  readonly providerArn: string;
  /** The issuer that the account trusts. */
  readonly issuer: Issuer;
  /** Undefined if they are unknown, because another stack created the identity provider. */
  readonly audiences: readonly string[] | undefined;
}

/** Properties of `ClusterIdentityProvider`. */
export interface ClusterIdentityProviderProps {
  /**
   * The API server's `--service-account-issuer`, character for character. AWS fetches its documents over the
   * internet, and an account has one identity provider for each issuer. The host must answer when the
   * identity provider is created: with `HostedIssuer` in the same stack, call
   * `provider.node.addDependency(hostedIssuer)`.
   */
  readonly issuer: string;
  /**
   * The audiences that tokens may have, and so the values for `cwii.dev/aws-audience`.
   * @default ['sts.amazonaws.com']
   */
  readonly audiences?: readonly string[] | undefined;
  /**
   * SHA-1 fingerprints of the last certificate in the chain that the issuer's host sends: at most five, of 40
   * hex digits each. With them IAM does not connect to the host when it creates the identity provider, so the
   * host need not answer yet. CloudFormation may require the list in some regions. IAM ignores it for
   * certificates of public authorities.
   * @default none: IAM fetches the certificate itself
   */
  readonly thumbprints?: readonly string[] | undefined;
}

/**
 * An OIDC provider in IAM: the account trusts the tokens of the cluster's issuer for the roles that name
 * it.
 */
export class ClusterIdentityProvider extends Construct implements TrustedIssuer {
  /** As in the properties, parsed. */
  readonly issuer: Issuer;
  /** The audiences that tokens may have. */
  readonly audiences: readonly string[];
  /** The ARN of the OIDC provider in IAM. */
  readonly providerArn: string;

  /** An identity provider that already exists. */
  static fromIssuer(scope: Construct, issuer: string): TrustedIssuer {
    const parsed = parseIssuerAtSynth(scope, issuer);
    const { partition, account } = Stack.of(scope);
    const providerArn = `arn:${partition}:iam::${account}:oidc-provider/${parsed.hostAndPath}`;
    return { issuer: parsed, providerArn, audiences: undefined };
  }

  /**
   * @throws {CwiiError} `issuer-invalid` or `issuer-unknown-at-synth` for an issuer that AWS would reject or
   * never match, `audience-invalid`, `thumbprint-invalid`.
   */
  constructor(scope: Construct, id: string, props: ClusterIdentityProviderProps) {
    super(scope, id);
    this.issuer = parseIssuerAtSynth(this, props.issuer);
    this.audiences = this.#checkedAudiences(props.audiences ?? ['sts.amazonaws.com']);
    const thumbprints = this.#checkedThumbprints(props.thumbprints ?? []);
    const provider = new OidcProviderNative(this, 'Provider', {
      url: this.issuer.url,
      clientIds: [...new Set(this.audiences)],
      ...(thumbprints.length > 0 && { thumbprints }),
    });
    this.providerArn = provider.oidcProviderArn;
  }

  #checkedAudiences(audiences: readonly string[]): readonly string[] {
    const invalid = audiences.find((audience) => !/^\S{1,255}$/.test(audience));
    if (invalid !== undefined) {
      throw constructError(
        this,
        'audience-invalid',
        `"${invalid}" is not an audience that IAM accepts; write 1 to 255 characters without white space`,
      );
    }
    if (audiences.length === 0 || audiences.length > 100)
      throw constructError(this, 'audience-invalid', `there are ${audiences.length} audiences; IAM accepts 1 to 100`);
    return audiences;
  }

  #checkedThumbprints(thumbprints: readonly string[]): string[] {
    const invalid = thumbprints.find((thumbprint) => !THUMBPRINT.test(thumbprint));
    if (invalid !== undefined) {
      throw constructError(
        this,
        'thumbprint-invalid',
        `"${invalid}" is not a thumbprint; write 40 hex digits without colons`,
      );
    }
    const distinct = [...new Set(thumbprints.map((thumbprint) => thumbprint.toLowerCase()))];
    if (distinct.length > MAX_THUMBPRINTS) {
      throw constructError(
        this,
        'thumbprint-invalid',
        `there are ${distinct.length} thumbprints; IAM accepts at most ${MAX_THUMBPRINTS}`,
      );
    }
    return distinct;
  }
}
