// The provider interface: a cloud as a pure function from resolved annotations to a plan.

import type { Severity } from '../annotations/finding-codes.ts';
import type { Finding } from '../annotations/findings.ts';
import type { KeyName, ProviderId } from '../annotations/keys.ts';
import type { Explicit, Resolution } from '../annotations/resolve.ts';
import type { Pod } from '../kubernetes/pod.ts';
import type { MutateSettings } from '../settings/webhook-config.ts';
import type { EnvVar, Footprint, ProviderPlan } from './plan.ts';

/** The input of an evaluation: the annotations, resolved over the scopes, and the configuration. */
export interface EvaluationInput {
  readonly resolution: Resolution;
  /** The namespace of the pods. */
  readonly namespace: string;
  /** Undefined if the annotations of a ServiceAccount or namespace are evaluated for all pods to come. */
  readonly pod: Pod | undefined;
  readonly settings: MutateSettings;
  /** Audiences of the API server itself. No cloud may receive a token with one of them. */
  readonly apiAudiences: readonly string[];
  /** The name of the AWS session, if its annotation has a form that only a part of the function reads. */
  readonly sessionName?: Extras;
  /** The severity of a value that makes the identity impossible, by the scope that sets it. */
  readonly severityOfInvalid: (at: Explicit<unknown>) => Severity;
  /** The providers that were evaluated before this one. */
  readonly evaluated: readonly Evaluated[];
}

export interface Evaluated {
  readonly provider: Provider;
  readonly outcome: ProviderOutcome;
}

/** Variables, and the findings about the values that they come from. */
export interface Extras {
  readonly env: readonly EnvVar[];
  readonly findings: readonly Finding[];
}

/** The result of a provider's evaluation. */
export type ProviderOutcome =
  /** No annotation requests this cloud, or an annotation suppresses it. */
  | { readonly kind: 'not-requested'; readonly findings: readonly Finding[] }
  /**
   * The cloud is requested but not injected, because a value is missing or invalid, or a wider scope
   * suppresses it.
   */
  | { readonly kind: 'withheld'; readonly findings: readonly Finding[] }
  | { readonly kind: 'deny'; readonly findings: readonly Finding[] }
  | {
      readonly kind: 'inject';
      /** The variables that it sets, if they depend on the annotations. */
      readonly variables?: readonly string[];
      /** The evaluation continued for one pod: paths and containers depend on it. */
      readonly planFor: (pod: Pod) => ProviderPlan;
      readonly findings: readonly Finding[];
    };

export interface Provider {
  /** The abbreviation in annotations, volume names and `cwii.dev/injected`. */
  readonly id: string;
  /** The cloud's name in messages. */
  readonly cloud: string;
  /** The key that requests the cloud by its presence. */
  readonly trigger: string;
  /** The key of the boolean that requests or suppresses the cloud. */
  readonly injectKey: string;
  /** The names of the identity's variables. In the order in which cwii writes them. */
  readonly identityVariables: readonly string[];
  /** The variable with which a container without static keys chooses the identity of cwii's token. */
  readonly principal?: Principal;
  readonly footprint: Footprint;
  /** The footprint of the form with a config file, of a provider that has two forms. */
  readonly fileFootprint?: Footprint;
  /** The names of further variables that cwii writes beside the identity. */
  readonly furtherVariables: readonly string[];
  /** Variables with credentials that the SDKs of a service prefer to its token. */
  readonly otherCredentials?: readonly string[];
  /** The variable that says who a container of a service is. */
  readonly principalVariable?: string | undefined;
  /** The setting that disables the provider; undefined if it is enabled. */
  readonly disabledBy: (settings: MutateSettings) => string | undefined;
  /** Pure and synchronous. */
  evaluate(input: EvaluationInput): ProviderOutcome;
}

export interface Principal {
  readonly variable: string;
  readonly staticKeys: readonly string[];
}

/** The properties of a provider that its checks need. */
export type ProviderInfo = Omit<Provider, 'evaluate'>;

/** One of the clouds, which have typed settings and keys. */
export interface CloudProvider extends Provider {
  readonly id: ProviderId;
  readonly trigger: KeyName;
  readonly injectKey: KeyName;
}

export type CloudInfo = Omit<CloudProvider, 'evaluate'>;
