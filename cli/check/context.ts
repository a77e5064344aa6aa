// The context that all checks share: the cluster, cwii.yaml, the network, and facts that are read once.

import type { Cluster } from '../../cluster-file/cluster-file.ts';
import type { KubeClient } from '../kubectl/kube-client.ts';
import type { KubeconfigCluster } from '../kubectl/kubectl.ts';
import type { StackOutputs } from '../manifests/stack-outputs.ts';
import { Skipped } from './check.ts';
import type { TimeLimits } from './time-limits.ts';
import type { WebClient } from './web-client.ts';

export interface CheckInputs {
  readonly kube: KubeClient;
  readonly kubeconfig: KubeconfigCluster;
  /** The cluster's entry in cwii.yaml; undefined without the file. */
  readonly cluster: Cluster | undefined;
  /** The outputs of its stack; undefined if the file does not exist. */
  readonly outputs: StackOutputs | undefined;
  /** The requests to other hosts than the API server. */
  readonly web: WebClient;
  /** The token that the API server presents to the webhook, if its file was given. */
  readonly callerToken: string | undefined;
  readonly limits: TimeLimits;
  /** The CA of the webhook's certificate in PEM, for a registration that the API does not show. */
  readonly webhookCa: string | undefined;
}

/** Something that several checks read, such as the webhook configurations. */
export type Fact<T> = (context: CheckContext) => Promise<T>;

export class CheckContext implements CheckInputs {
  readonly kube: KubeClient;
  readonly kubeconfig: KubeconfigCluster;
  readonly cluster: Cluster | undefined;
  readonly outputs: StackOutputs | undefined;
  readonly web: WebClient;
  readonly callerToken: string | undefined;
  readonly limits: TimeLimits;
  readonly webhookCa: string | undefined;
  readonly #facts = new Map<Fact<unknown>, Promise<unknown>>();

  constructor(inputs: CheckInputs) {
    this.kube = inputs.kube;
    this.kubeconfig = inputs.kubeconfig;
    this.cluster = inputs.cluster;
    this.outputs = inputs.outputs;
    this.web = inputs.web;
    this.callerToken = inputs.callerToken;
    this.limits = inputs.limits;
    this.webhookCa = inputs.webhookCa;
  }

  /** The fact, which is read at the first call only. A failure is the same for every check. */
  fact<T>(read: Fact<T>): Promise<T> {
    const known = this.#facts.get(read) as Promise<T> | undefined;
    if (known) return known;
    const reading = read(this);
    this.#facts.set(read, reading);
    return reading;
  }
}

/** Ends a check that compares something with cwii.yaml. @throws {Skipped} without the file. */
export function requireCluster(cluster: Cluster | undefined): asserts cluster is Cluster {
  if (!cluster) throw new Skipped('cwii.yaml was not found');
}
