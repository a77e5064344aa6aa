// Checks what is wrong with a pod beside its identity: findings, and variables of ConfigMaps and Secrets.

import type { FindingCode } from '../../../lib/annotations/finding-codes.ts';
import { describeFinding, type Finding } from '../../../lib/annotations/findings.ts';
import { isObject } from '../../../lib/common/json.ts';
import { providers } from '../../../lib/providers/registry.ts';
import type { Manifest } from '../../preview/manifest-reader.ts';
import { type Check, failed, type Outcome, skipped, warning } from '../check.ts';
import type { CheckContext } from '../context.ts';
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

interface EnvFromSource {
  readonly prefix?: string;
  readonly configMapRef?: { readonly name: string };
  readonly secretRef?: { readonly name: string };
}

interface Container {
  readonly name: string;
  readonly env?: readonly { readonly name: string }[];
  readonly envFrom?: readonly EnvFromSource[];
}

interface Spec {
  readonly containers?: readonly Container[];
  readonly initContainers?: readonly Container[];
}

/** Variables that cwii sets itself: those in `env` win over those of `envFrom`. */
const ownVariables = new Set(
  providers.flatMap(({ identityVariables, furtherVariables }) => [...identityVariables, ...furtherVariables]),
);

/**
 * The webhook cannot see variables from `envFrom`. Here they are added to the pod, by name only, and the same
 * logic judges them.
 *
 * @param readSecrets whether Secrets may be read, of which only the names of keys are used.
 */
export function variablesFromObjects(facts: PodFacts, readSecrets: boolean): Check {
  const { pod, examined, name } = facts;
  return {
    code: 'pod-env-from',
    needs: ['pod-found'],
    unlessFailed: ['pod-requests'],
    run: async (context) => {
      const [one, before] = [await context.fact(pod), await context.fact(examined)];
      if (!one || before.admitted.verdict.kind === 'skipped') return [];
      const sources = new KeySource(context, name.namespace, readSecrets);
      const extended = await withKeys(one, sources);
      const { verdict } = await examine(context, extended, new KubeScopeReader(context.kube));
      const known = new Set(before.admitted.verdict.findings.map(describeFinding));
      const added = verdict.kind === 'skipped' ? [] : verdict.findings;
      return [
        ...added
          .filter((finding) => !known.has(describeFinding(finding)))
          .map((finding) =>
            failed(
              `${describeFinding(finding)}${sources.originOf(finding.key)}`,
              'remove the key from the object, or the object from envFrom of the container; then create the pod again',
            ),
          ),
        ...sources.notRead.map((secret) =>
          skipped('it is not read; --secrets reads the names of its keys', `Secret ${name.namespace}/${secret}`),
        ),
      ];
    },
  };
}

class KeySource {
  readonly notRead: string[] = [];
  readonly #context: CheckContext;
  readonly #namespace: string;
  readonly #readSecrets: boolean;
  readonly #origins = new Map<string, string>();

  constructor(context: CheckContext, namespace: string, readSecrets: boolean) {
    this.#context = context;
    this.#namespace = namespace;
    this.#readSecrets = readSecrets;
  }

  /** The names of the variables of a source. An object that does not exist has none. */
  async keysOf({ prefix = '', configMapRef, secretRef }: EnvFromSource): Promise<string[]> {
    if (configMapRef) return this.#read('ConfigMap', configMapRef.name, prefix);
    if (!secretRef) return [];
    if (this.#readSecrets) return this.#read('Secret', secretRef.name, prefix);
    if (!this.notRead.includes(secretRef.name)) this.notRead.push(secretRef.name);
    return [];
  }

  originOf(variable: string): string {
    const origin = this.#origins.get(variable);
    return origin === undefined ? '' : ` (from ${origin})`;
  }

  async #read(kind: 'ConfigMap' | 'Secret', name: string, prefix: string): Promise<string[]> {
    const path = `/api/v1/namespaces/${this.#namespace}/${kind.toLowerCase()}s/${name}`;
    const found = await this.#context.kube.find<{ readonly data?: unknown }>(path);
    const keys = isObject(found?.data) ? Object.keys(found.data).map((key) => `${prefix}${key}`) : [];
    for (const key of keys) this.#origins.set(key, `${kind} ${this.#namespace}/${name}`);
    return keys;
  }
}

async function withKeys(pod: Manifest, source: KeySource): Promise<Manifest> {
  const spec = (pod['spec'] ?? {}) as Spec;
  const extend = async (container: Container): Promise<Container> => {
    const keys = (await Promise.all((container.envFrom ?? []).map((one) => source.keysOf(one)))).flat();
    const known = new Set((container.env ?? []).map(({ name }) => name));
    const added = keys.filter((key) => !known.has(key) && !ownVariables.has(key));
    const env = [...new Set(added)].map((name) => ({ name, value: 'from envFrom' }));
    return { ...container, env: [...(container.env ?? []), ...env] };
  };
  const lists = await Promise.all(
    [spec.initContainers, spec.containers].map((list) => Promise.all((list ?? []).map(extend))),
  );
  const [initContainers = [], containers = []] = lists;
  return { ...pod, spec: { ...spec, initContainers, containers } };
}
