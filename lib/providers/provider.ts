// What a cloud is to cwii: a pure function from resolved annotations to a plan. Implementations know their cloud only.

import type { Finding, Severity } from '../annotations/findings.ts';
import type { Explicit, Resolution } from '../annotations/resolve.ts';
import type { ProviderPlan } from '../injection/plan.ts';

/** The provider's abbreviation, in annotations, volume names and `cwii.dev/injected`. */
export type ProviderId = 'aws';

export interface ProviderSettings {
  readonly enabled: boolean;
  readonly defaultAudience: string;
  readonly verifyImage: string;
}

/** The pod as far as a plan depends on it. */
export interface PodFacts {
  /** For findings, such as `Pod default/web-*`. */
  readonly object: string;
  readonly windows: boolean;
  readonly hasServiceAccount: boolean;
  /** The uid that all of the pod's containers run as; undefined where they differ or do not say. */
  readonly sharedUid: number | undefined;
}

export interface PlanInput {
  readonly resolution: Resolution;
  readonly pod: PodFacts;
  readonly settings: ProviderSettings;
  /** Seconds, where no annotation says otherwise. */
  readonly tokenExpiration: number;
  /** Absolute path below which each provider has its directory. */
  readonly mountRoot: string;
  /** How severe a value is that makes the identity impossible, by where it stands. */
  readonly severityOfInvalid: (at: Explicit<unknown>) => Severity;
}

/** What a provider has decided for a pod. */
export type ProviderOutcome =
  /** Nobody asked for this cloud, or it was switched off. */
  | { readonly kind: 'not-asked'; readonly findings: readonly Finding[] }
  /** It was asked for and cannot be given; the findings say why. */
  | { readonly kind: 'skip'; readonly findings: readonly Finding[] }
  | { readonly kind: 'deny'; readonly findings: readonly Finding[] }
  | { readonly kind: 'inject'; readonly plan: ProviderPlan; readonly findings: readonly Finding[] };

export interface Provider {
  readonly id: ProviderId;
  /** Pure and synchronous. */
  plan(input: PlanInput): ProviderOutcome;
}
