// Explains why a running pod differs from what the annotations request: times, namespaces and templates.

import { INJECT_KEY } from '../../lib/annotations/keys.ts';
import { controllerOf } from '../../lib/kubernetes/objects.ts';
import { restartCommand } from '../../lib/kubernetes/owner-kinds.ts';
import type { Provider } from '../../lib/providers/provider.ts';
import { fits } from '../kubectl/label-selector.ts';
import { INJECT_LABEL } from '../manifests/names.ts';
import type { AdmittedPod } from '../preview/admission.ts';
import type { Manifest } from '../preview/manifest-reader.ts';
import { type ClusterObjects, createdAt, writeTimes } from './cluster-objects.ts';
import type { IdentityValues } from './identities.ts';
import { curedByRestart, type Reason, type ReasonCode } from './reason-codes.ts';
import type { Registration } from './registration.ts';
import type { Request } from './requests.ts';

export interface CausesInput {
  readonly objects: ClusterObjects;
  /** The webhooks that get pods; undefined if they are not known. */
  readonly registrations: readonly Registration[] | undefined;
  /** Why pods of a namespace are not sent, by cwii.yaml; it counts if the registrations are not known. */
  readonly notSent: (namespace: string) => string | undefined;
}

interface Lack {
  readonly pod: AdmittedPod;
  readonly difference: 'annotations' | 'service account' | undefined;
  readonly request: Request;
  /** The containers without the identity, if others of the pod have it. */
  readonly without: readonly string[];
}

interface Difference {
  readonly provider: Provider;
  readonly present: IdentityValues;
  readonly wanted: IdentityValues;
  readonly difference: Lack['difference'];
  readonly pod: AdmittedPod;
}

/** The causes for one workload, whose restart is a remedy. */
export class Causes {
  readonly #input: CausesInput;
  readonly #restart: string;
  /** Shows how far a rollout is; undefined for a kind without rollouts. */
  readonly #rolloutStatus: string | undefined;

  constructor(
    input: CausesInput,
    workload: { readonly namespace: string; readonly kind: string; readonly name: string },
  ) {
    this.#input = input;
    const { namespace, kind, name } = workload;
    const restart = restartCommand(kind, namespace, name);
    this.#rolloutStatus = restart?.replace(' restart ', ' status ');
    this.#restart =
      restart ?? (kind === 'Pod' ? 'create the pod again from its manifest' : `let the ${kind} create its pods again`);
  }

  /** The rollout of a newer ReplicaSet replaces the pod anyway, so a restart would only begin another one. */
  duringRollout(one: Reason): Reason {
    const status = this.#rolloutStatus;
    return status !== undefined && curedByRestart.has(one.code)
      ? { ...one, remedy: `wait for the rollout: ${status}` }
      : one;
  }

  /** Why new pods are not sent to the webhook; undefined if they are, or if it is not known. */
  whyNotSent({ metadata }: Manifest): Reason | undefined {
    const { registrations, objects, notSent } = this.#input;
    const namespace = metadata.namespace ?? '';
    if (!registrations) {
      const [cause, remedy] = notSent(namespace)?.split('; ') ?? [];
      return cause === undefined ? undefined : reason('namespace-not-sent', cause, remedy ?? '');
    }
    if (registrations.length === 0) {
      const cause = 'the cluster has no MutatingWebhookConfiguration of cwii for pods';
      return reason('webhook-not-registered', cause, 'kubectl apply -f 3-webhook/');
    }
    const labels = objects.namespace(namespace)?.metadata.labels ?? {};
    const ofNamespace = registrations.filter(({ namespaceSelector }) => fits(namespaceSelector, labels));
    if (ofNamespace.length === 0) return this.#notSelected(namespace, labels, registrations);
    if (ofNamespace.some(({ objectSelector }) => fits(objectSelector, metadata.labels ?? {}))) return undefined;
    const [{ name }] = ofNamespace as [Registration];
    const cause = `the objectSelector of the webhook configuration ${name} does not select the pod's labels`;
    return reason('pod-not-selected', cause, 'change the labels of the pod template, or the objectSelector');
  }

  whyLacking({ pod, difference, request, without }: Lack): Reason {
    if (without.length > 0) {
      const names = without.join(', ');
      const cause = `container ${names} does not have it, and others of the pod do`;
      return reason('container-without', cause, this.#restart);
    }
    const ofTemplate = this.#ofTemplate(pod, difference);
    const unsent = this.whyNotSent(pod.before);
    if (unsent) return unsent;
    return ofTemplate ?? this.#whyNotAdmitted(pod.before, request);
  }

  differs({ provider, present, wanted, difference, pod }: Difference): Reason {
    const names = [...new Set([...Object.keys(wanted), ...Object.keys(present)])];
    const changes = names
      .filter((name) => present[name] !== wanted[name])
      .map((name) => `${name} ${present[name] ?? 'not set'}, now ${wanted[name] ?? 'not set'}`);
    const cause = `${provider.cloud}: ${changes.join('; ')}`;
    const ofTemplate = this.#ofTemplate(pod, difference);
    if (ofTemplate) return { ...ofTemplate, cause: `${cause} (${ofTemplate.cause})` };
    return reason('differs', cause, this.#restart);
  }

  notRequested({ cloud }: Provider, request: Request | undefined): Reason {
    const cause =
      request && !request.asks
        ? `it has an identity of ${cloud}, which ${request.by.key} on ${request.by.source.object} disables`
        : `it has an identity of ${cloud} that nothing requests any more`;
    return reason('no-longer-asked', cause, this.#restart);
  }

  #ofTemplate({ before }: AdmittedPod, difference: Lack['difference']): Reason | undefined {
    if (difference === undefined) return undefined;
    const owner = controllerOf(before.metadata.ownerReferences ?? []);
    const from = owner ? ` of ${owner.kind} ${owner.name}` : '';
    const events = `kubectl get events -n ${before.metadata.namespace}`;
    const status = this.#rolloutStatus;
    const remedy = status === undefined ? events : `wait for the rollout: ${status}; if it does not finish, ${events}`;
    if (difference === 'annotations')
      return reason('other-template', `the pod${from} has other annotations than the pod template now`, remedy);
    const account = String((before['spec'] as { serviceAccountName?: unknown }).serviceAccountName);
    const cause = `the pod${from} runs as ServiceAccount ${account}, which the pod template does not name now`;
    return reason('other-service-account', cause, remedy);
  }

  #notSelected(namespace: string, labels: Readonly<Record<string, string>>, all: readonly Registration[]): Reason {
    const expected = INJECT_LABEL[INJECT_KEY];
    const byLabel = all.some(({ namespaceSelector }) => fits(namespaceSelector, { ...labels, ...INJECT_LABEL }));
    const names = all.map(({ name }) => name).join(', ');
    if (!byLabel) {
      const cause = `Namespace ${namespace} is not sent to cwii: the namespaceSelector of ${names} does not select it`;
      return reason('namespace-not-sent', cause, 'change the namespaceSelector, or move the workload');
    }
    const present = labels[INJECT_KEY];
    const cause =
      present === undefined
        ? `Namespace ${namespace} is not sent to cwii: label ${INJECT_KEY} is absent (must be "${expected}")`
        : `Namespace ${namespace} is not sent to cwii: label ${INJECT_KEY} is "${present}" (must be "${expected}")`;
    const command = `kubectl label --overwrite namespace ${namespace} ${INJECT_KEY}=${expected}`;
    return reason('namespace-not-sent', cause, command);
  }

  #whyNotAdmitted(pod: Manifest, { by }: Request): Reason {
    const { objects, registrations } = this.#input;
    const created = createdAt(pod);
    const place = `${by.key} on ${by.source.object}`;
    const isOwn = by.source.kind === 'pod';
    const set = isOwn ? writeTimes(pod).get(`annotations ${by.key}`) : objects.annotatedAt(by.source.object, by.key);
    const registered = registrations?.map((one) => one.createdAt).filter((time) => time !== undefined) ?? [];
    const labelled = objects.labelledAt(pod.metadata.namespace ?? '', INJECT_KEY);
    if (created !== undefined) {
      if (registered.length > 0 && created < Math.min(...registered))
        return reason(
          'older-than-webhook',
          `older than the webhook configuration, ${at(Math.min(...registered))}`,
          this.#restart,
        );
      if (labelled !== undefined && created < labelled)
        return reason('older-than-label', `older than the label of the namespace, set ${at(labelled)}`, this.#restart);
      if (set !== undefined && created < set)
        return reason(
          'older-than-annotation',
          `older than ${place.replace(/ on Pod .*/, ' on the pod itself')}, set ${at(set)}`,
          this.#restart,
        );
      if ((set !== undefined || isOwn) && registered.length > 0) {
        const cause = `newer than ${isOwn ? by.key : place}, but without it: the API server did not reach the webhook`;
        return reason('webhook-away', cause, this.#restart);
      }
    }
    return reason(
      'not-admitted',
      `without what ${isOwn ? by.key : place} requests: probably older than it`,
      this.#restart,
    );
  }
}

function at(time: number): string {
  return new Date(time).toISOString().replace('.000Z', 'Z');
}

function reason(code: ReasonCode, cause: string, remedy: string): Reason {
  return { code, cause, remedy };
}
