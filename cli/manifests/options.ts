// The options of `cwii manifests`.

import type { IssuerRound } from './api-server-flags.ts';
import type { Distribution } from './distribution.ts';
import type { Registry } from './image-pulls.ts';

export const callerKinds = ['digest', 'service-account'] as const;
export type CallerKind = (typeof callerKinds)[number];

export interface GenerateOptions {
  /** Whether to generate policies that reject pods without the identity that they request. */
  readonly require: boolean;
  /** Whether to generate policies that give pods their identities without the webhook. */
  readonly policies: boolean;
  /** Whether the webhook and the policies are files of the API servers instead of objects. */
  readonly static: boolean;
  /** @default a snippet for each distribution */
  readonly distribution?: Distribution | undefined;
  /** @default from cwii.yaml, or the default of the distribution */
  readonly oldIssuers?: readonly string[] | undefined;
  /** @default the default of the distribution */
  readonly apiAudiences?: readonly string[] | undefined;
  /**
   * With several API servers the issuer changes in two rounds. With one server only the second round is
   * needed.
   */
  readonly issuerRound: IssuerRound;
  /** The registries from which nodes pull images with the identity of the pod. */
  readonly imagePulls: readonly Registry[];
  /** The key in the path of the webhook's URL. */
  readonly pathKey?: string | undefined;
  /** How the API server authenticates to the webhook: with a token that does not change, or a fresh one. */
  readonly caller?: CallerKind | undefined;
  /** In PEM, for a webhook whose certificate is not from a public CA. */
  readonly webhookCa?: string | undefined;
}
