// What a cloud is to cwii: a pure function from resolved annotations to a plan. Implementations know their cloud only.

import type { Severity } from '../annotations/finding-codes.ts';
import type { Finding } from '../annotations/findings.ts';
import type { KeyName } from '../annotations/keys.ts';
import type { Explicit, Resolution } from '../annotations/resolve.ts';
import type { ProviderPlan } from '../injection/plan.ts';
import type { GuardRails } from '../settings/guard-rails.ts';

/** The provider's abbreviation, in annotations, volume names and `cwii.dev/injected`. */
export type ProviderId = 'aws' | 'az' | 'gcp';

interface CommonSettings {
  readonly enabled: boolean;
  readonly verifyImage: string;
}

interface AwsSettings extends CommonSettings {
  readonly defaultAudience: string;
  readonly defaultRegion: string | undefined;
  /** Also set AWS_DEFAULT_REGION, which boto3 reads. */
  readonly setDefaultRegion: boolean;
}

interface AzSettings extends CommonSettings {
  readonly defaultAudience: string;
  readonly defaultTenantId: string | undefined;
}

interface GcpSettings extends CommonSettings {
  readonly defaultAudience: string | undefined;
  /** For `gcp-delivery: init-container`; a shell is all that it needs. */
  readonly writerImage: string;
}

export interface ProviderSettings {
  readonly aws: AwsSettings;
  readonly az: AzSettings;
  readonly gcp: GcpSettings;
}

/** The pod as far as a plan depends on it. */
export interface PodFacts {
  /** For findings, such as `Pod default/web-*`. */
  readonly object: string;
  readonly namespace: string;
  /** The longest name that the pod can get: a made-up one has five characters after `generateName`. */
  readonly nameLength: number;
  readonly windows: boolean;
  readonly hasServiceAccount: boolean;
  /** The uid that all of the pod's containers run as; undefined where they differ or do not say. */
  readonly sharedUid: number | undefined;
}

export interface PlanInput {
  readonly resolution: Resolution;
  readonly pod: PodFacts;
  readonly providers: ProviderSettings;
  /** Seconds, where no annotation says otherwise. */
  readonly tokenExpiration: number;
  /** Absolute path below which each provider has its directory. */
  readonly mountRoot: string;
  readonly allowed: GuardRails;
  /** Audiences of the API server itself, which no cloud gets. */
  readonly apiAudiences: readonly string[];
  /** How severe a value is that makes the identity impossible, by where it stands. */
  readonly severityOfInvalid: (at: Explicit<unknown>) => Severity;
}

/** What a provider has decided for a pod. */
export type ProviderOutcome =
  /** Nobody asked for this cloud, or it was switched off. */
  | { readonly kind: 'not-asked'; readonly findings: readonly Finding[] }
  /** It was asked for and is not given, because it cannot be (the findings say why) or a wider scope says no. */
  | { readonly kind: 'skip'; readonly findings: readonly Finding[] }
  | { readonly kind: 'deny'; readonly findings: readonly Finding[] }
  | { readonly kind: 'inject'; readonly plan: ProviderPlan; readonly findings: readonly Finding[] };

export interface Provider {
  readonly id: ProviderId;
  /** The cloud's name for people. */
  readonly cloud: string;
  /** The key whose presence asks for the cloud. */
  readonly trigger: KeyName;
  /** Pure and synchronous. */
  plan(input: PlanInput): ProviderOutcome;
}
