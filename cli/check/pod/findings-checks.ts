// Checks what is wrong with a pod beside its identity: findings, and variables of ConfigMaps and Secrets.

import type { FindingCode } from '../../../lib/annotations/finding-codes.ts';
import { describeFinding, type Finding } from '../../../lib/annotations/findings.ts';
import { CredentialNames } from '../../env-from/credential-names.ts';
import { credentialsFromObjects, ENV_FROM_REMEDY, type KeyReader } from '../../env-from/find-credentials.ts';
import { type KeySource, nameOfSource, readKeys } from '../../env-from/object-keys.ts';
import type { KubeClient } from '../../kubectl/kube-client.ts';
import { type Check, failed, type Outcome, skipped, warning } from '../check.ts';
import { KubeScopeReader } from '../webhook/kube-scope-reader.ts';
import { examine, type PodFacts } from './facts.ts';

/** They say that a second admission would update the pod, which is `pod-identity`. */
const OF_A_SECOND_ADMISSION: ReadonlySet<string> = new Set<FindingCode>([
  'variable-updated',
  'volume-updated',
  'own-container-updated',
  'own-container-removed',
  'identity-removed',
]);

export function findings({ examined }: PodFacts): Check {
  return {
    code: 'pod-findings',
    needs: ['pod-found'],
    unlessFailed: ['pod-requests'],
    run: async (context) => {
      const { verdict } = (await context.fact(examined)).admitted;
      if (verdict.kind === 'skipped') return [];
      return verdict.findings.filter(({ code }) => !OF_A_SECOND_ADMISSION.has(code)).map(outcomeOf);
    },
  };
}

function outcomeOf(finding: Finding): Outcome {
  const problem = finding.severity === 'warn' ? warning : failed;
  return problem(describeFinding(finding), `\`cwii explain ${finding.code}\``);
}

/** @param readSecrets whether Secrets may be read, of which only the names of keys are used. */
export function variablesFromObjects(facts: PodFacts, readSecrets: boolean): Check {
  return {
    code: 'pod-env-from',
    needs: ['pod-found'],
    unlessFailed: ['pod-requests'],
    run: async (context) => {
      const { admitted } = await context.fact(facts.examined);
      const keys = new SingleObjectKeys(context.kube, readSecrets);
      const names = await CredentialNames.of(admitted.settings);
      const found = await credentialsFromObjects(admitted, names, keys, (manifest) =>
        examine(context, manifest, new KubeScopeReader(context.kube)),
      );
      return [
        ...found.map(({ finding, origin }) => failed(`${describeFinding(finding)} (from ${origin})`, ENV_FROM_REMEDY)),
        ...[...keys.notRead].map((secret) => skipped('it is not read; --secrets reads the names of its keys', secret)),
      ];
    },
  };
}

class SingleObjectKeys implements KeyReader {
  readonly notRead = new Set<string>();
  readonly #kube: KubeClient;
  readonly #readSecrets: boolean;
  readonly #known = new Map<string, Promise<readonly string[]>>();

  constructor(kube: KubeClient, readSecrets: boolean) {
    this.#kube = kube;
    this.#readSecrets = readSecrets;
  }

  keysOf(source: KeySource): Promise<readonly string[]> {
    const object = nameOfSource(source);
    if (source.kind === 'Secret' && !this.#readSecrets) {
      this.notRead.add(object);
      return Promise.resolve([]);
    }
    const keys = this.#known.get(object) ?? readKeys(this.#kube, source);
    this.#known.set(object, keys);
    return keys;
  }
}
