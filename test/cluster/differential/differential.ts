// Compares the policies of `cwii manifests --policies` with the webhook: random pods, ServiceAccounts and
// namespaces on a real API server that has only the policies, and the webhook's own decision in this process.

import { INJECTED } from '../../../lib/annotations/keys.ts';
import { ApiError } from '../../../testing/cluster/client.ts';
import { Chance } from '../../fuzz/chance.ts';
import type { Checked, Subject } from '../../fuzz/subject.ts';
import type { Annotations } from '../manifests.ts';
import type { StoredPod } from '../stored-pod.ts';
import { differenceBetween, differenceInFindings } from './compare.ts';
import { type GeneratedPod, randomPod } from './generated-pod.ts';
import { randomAnnotations } from './generated-scopes.ts';
import { inputFor, PLAIN, PolicyCluster } from './policy-cluster.ts';
import { decideOn } from './webhook-decision.ts';

const NAMESPACES = 8;
const ACCOUNTS = 6;

/** Guard rails and defaults that about half of the generated values meet. */
const guarded: Readonly<Record<string, string>> = {
  CWII_ALLOWED_ROLE_ARNS: 'arn:aws*:iam::123456789012:role/*,arn:aws:iam::1:role/${namespace}',
  CWII_ALLOWED_AZ_CLIENT_IDS: '1*,2*,3*',
  CWII_ALLOWED_AZ_AUTHORITY_HOSTS: 'https://login.example.com',
  CWII_ALLOWED_GCP_SERVICE_ACCOUNTS: '*@my-project.iam.gserviceaccount.com',
  CWII_ALLOWED_AUDIENCES: 'sts.amazonaws.com,//iam.googleapis.com/*,*.example.com',
  CWII_ALLOWED_AWS_REGIONS: 'eu-*',
  CWII_ALLOWED_SERVICE_VALUES: 'openbao-role=my*',
  CWII_AZ_DEFAULT_TENANT_ID: '77777777-7777-7777-7777-777777777777',
  CWII_GCP_DEFAULT_AUDIENCE:
    '//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/pool/providers/cluster',
  CWII_AWS_DEFAULT_REGION: 'eu-north-1',
  CWII_AWS_SET_DEFAULT_REGION: 'true',
  CWII_TOKEN_EXPIRATION: '100000',
  CWII_MOUNT_ROOT: '/cwii',
};

interface Scopes {
  readonly namespace: string;
  readonly ofNamespace: Annotations;
  readonly accounts: readonly Annotations[];
}

interface Comparison extends Omit<Checked, 'milliseconds'> {
  readonly tried: object;
}

/** A seed decides on the annotations of ServiceAccounts and namespaces, and whether there are guard rails. */
export class Differential implements Subject {
  readonly #policies: PolicyCluster;
  readonly #scopes: readonly Scopes[];

  private constructor(policies: PolicyCluster, scopes: readonly Scopes[]) {
    this.#policies = policies;
    this.#scopes = scopes;
  }

  /** Resolves when the policies see all ServiceAccounts and namespaces. */
  static async start(seed: number): Promise<Differential> {
    const chance = new Chance(seed);
    const scopes = Array.from({ length: NAMESPACES }, (_, index) => ({
      namespace: `space-${index}`,
      ofNamespace: randomAnnotations(chance, 3),
      accounts: Array.from({ length: ACCOUNTS }, () => randomAnnotations(chance, 4)),
    }));
    const policies = await PolicyCluster.start(inputFor(seed % 2 === 0 ? {} : guarded));
    for (const [index] of Array(ACCOUNTS).entries()) await policies.addAccount(PLAIN, `account-${index}`, {});
    for (const { namespace, ofNamespace, accounts } of scopes) {
      await policies.addScopes(namespace, { ofNamespace }, async () => {
        for (const [index, annotations] of accounts.entries())
          await policies.addAccount(namespace, `account-${index}`, annotations);
      });
    }
    return new Differential(policies, scopes);
  }

  async check(seed: number, index: number): Promise<Checked> {
    const began = performance.now();
    const { kind, problem } = await this.#compare(seed, index);
    return { kind, problem, milliseconds: performance.now() - began };
  }

  async show(seed: number, index: number): Promise<unknown> {
    return (await this.#compare(seed, index)).tried;
  }

  async #compare(seed: number, index: number): Promise<Comparison> {
    const chance = new Chance(seed, index);
    const account = chance.below(ACCOUNTS);
    const { namespace, ofNamespace, accounts } = chance.pick(this.#scopes);
    const ofAccount = accounts[account] ?? {};
    const pod = randomPod(chance, `account-${account}`, index);
    const tried = { pod, ofAccount, ofNamespace };
    const plain = await this.#dryRun(PLAIN, pod);
    if (plain instanceof ApiError) return { kind: 'invalid', problem: plain.message, tried };
    const { settings } = this.#policies.input;
    const { pod: expected, findings } = await decideOn(plain, { namespace, ofNamespace, ofAccount }, settings);
    const warnings: string[] = [];
    const actual = await this.#dryRun(namespace, pod, (text) => warnings.push(text));
    if (actual instanceof ApiError) {
      return { kind: 'denied', problem: expected && `the policies deny it: ${actual.message}`, tried };
    }
    if (!expected) {
      const reasons = findings.filter(({ severity }) => severity === 'deny').map(({ code }) => code);
      return { kind: 'denied', problem: `the policies admit it in spite of ${reasons}`, tried };
    }
    const kind = `admitted with ${(expected.metadata.annotations?.[INJECTED] ?? '').split(',').filter(Boolean).length} identities`;
    return { kind, problem: differenceBetween(expected, actual) ?? differenceInFindings(findings, warnings), tried };
  }

  async #dryRun(
    namespace: string,
    pod: GeneratedPod,
    onWarning?: (text: string) => void,
  ): Promise<StoredPod | ApiError> {
    try {
      return await this.#policies.dryRun(namespace, pod, onWarning);
    } catch (error) {
      if (error instanceof ApiError && error.status < 500) return error;
      throw error;
    }
  }

  stop(): Promise<void> {
    return this.#policies.stop();
  }
}
