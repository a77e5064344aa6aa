// Compares what a pod has with what the annotations request: its state, and the reasons.

import { isDeepStrictEqual } from 'node:util';
import type { Finding } from '../../lib/annotations/findings.ts';
import { isNativeAnnotation } from '../../lib/annotations/native-keys.ts';
import type { Provider } from '../../lib/providers/provider.ts';
import type { CredentialFromObject } from '../env-from/find-credentials.ts';
import { type AdmittedPod, providersOf } from '../preview/admission.ts';
import type { Causes } from './causes.ts';
import { type ContainerIdentity, identitiesOf, ownIdentityIn } from './identities.ts';
import type { Reason } from './reason-codes.ts';
import {
  concerns,
  differenceFromTemplate,
  findingsOf,
  isAboutBrokenPod,
  type Request,
  reasonOf,
  reasonOfCredential,
  requestOf,
  resolutionOf,
} from './requests.ts';
import { type State, worstOf } from './states.ts';

export interface Assessment {
  readonly state: State;
  readonly reasons: readonly Reason[];
  /** The identities that the pod has, or that a new pod gets. */
  readonly identities: readonly ContainerIdentity[];
}

interface Part {
  readonly state: State;
  readonly reasons: readonly Reason[];
}

/**
 * Assesses a new pod of a workload.
 *
 * @param credentials what its containers get from ConfigMaps and Secrets.
 */
export function assessNext(
  next: AdmittedPod,
  causes: Causes,
  credentials: readonly CredentialFromObject[],
): Assessment {
  const identities = identitiesOf(next.after, providersOf(next));
  const parts = providersOf(next).map((provider): Part => {
    const request = requestIn(next, provider);
    if (!request?.asks) return { state: request ? 'opted-out' : 'not-asking', reasons: [] };
    if (!isGiven(identities, provider.id)) return withheld(next, provider);
    const unsent = causes.whyNotSent(next.before);
    return unsent ? { state: 'lacking', reasons: [unsent] } : brokenOr(next, provider, credentials);
  });
  return assessmentOf(parts, next, identities);
}

/**
 * @param next what a new pod of the same workload would be; undefined if its template is not known.
 * @param credentials what its containers get from ConfigMaps and Secrets.
 */
export function assessPod(
  pod: AdmittedPod,
  next: AdmittedPod | undefined,
  causes: Causes,
  credentials: readonly CredentialFromObject[],
): Assessment {
  const identities = identitiesOf(pod.before, providersOf(pod));
  const difference = next && differenceFromTemplate(pod, next.before);
  // The pod's own annotations decide on it, unless its template has changed since.
  const target = difference && next ? next : pod;
  const wanted =
    target === pod && pod.after === pod.before ? identities : identitiesOf(target.after, providersOf(target));
  // A service that only the old or only the new annotations name counts too.
  const providers = new Map([...providersOf(pod), ...providersOf(target)].map((provider) => [provider.id, provider]));
  const parts = [...providers.values()].map((provider): Part => {
    const has = identities.filter(isOf(provider));
    const request = requestIn(target, provider);
    if (!request?.asks) {
      if (has.length > 0) return { state: 'stale', reasons: [causes.notRequested(provider, request)] };
      return { state: request ? 'opted-out' : 'not-asking', reasons: [] };
    }
    const wants = wanted.filter(isOf(provider));
    if (wants.length === 0) return withheld(target, provider);
    const differing = wants.filter(({ container, values }) => {
      const present = has.find((one) => one.container === container);
      return present && !isDeepStrictEqual(present.values, values);
    });
    const without = wants.filter(({ container }) => !has.some((one) => one.container === container));
    const extra = has.filter(({ container }) => !wants.some((one) => one.container === container));
    // Containers that another webhook adds are not in the template.
    const lacks = difference ? without.filter(({ container }) => isIn(pod, container)) : without;
    if (lacks.length > 0) {
      const some = has.length > 0 ? lacks.map(({ container }) => container) : [];
      return { state: 'lacking', reasons: [causes.whyLacking({ pod, difference, request, without: some })] };
    }
    const [first] = differing;
    if (first) {
      const present = has.find(({ container }) => container === first.container)?.values ?? {};
      return {
        state: 'stale',
        reasons: [causes.differs({ provider, present, wanted: first.values, difference, pod })],
      };
    }
    if (extra.length > 0 && !difference) return { state: 'stale', reasons: [causes.notRequested(provider, request)] };
    return brokenOr(pod, provider, credentials);
  });
  return assessmentOf(parts, target, identities, pod);
}

function assessmentOf(
  parts: readonly Part[],
  target: AdmittedPod,
  identities: readonly ContainerIdentity[],
  pod = target,
): Assessment {
  if (target.verdict.kind === 'skipped') {
    const reason = {
      code: 'static-pod',
      cause: `the webhook does not look at it (${target.verdict.reason})`,
      remedy: '',
    };
    return { state: 'not-asking', reasons: [reason], identities };
  }
  const state = worstOf(parts.map((part) => part.state));
  const reasons = parts.filter((part) => part.state === state).flatMap((part) => part.reasons);
  if (state !== 'not-asking' && state !== 'opted-out') return { state, reasons, identities };
  const own = ownIdentityIn(pod.before, providersOf(pod));
  if (own !== undefined) {
    const cause = `a container sets ${own} itself`;
    return {
      state: 'own',
      reasons: [{ code: 'own-identity', cause, remedy: 'none, if this is intended' }],
      identities,
    };
  }
  const useless = state === 'not-asking' ? [...findingsOf(target).map(reasonOf), ...unreadKeys(target)] : [];
  if (useless.length > 0) return { state: 'in-vain', reasons: useless, identities };
  return { state, reasons, identities };
}

/** Why a pod that asks for a cloud does not get it. */
function withheld(target: AdmittedPod, provider: Provider): Part {
  const all = findingsOf(target).filter((finding) => concerns(finding, provider, providersOf(target)));
  const denying = all.filter(({ severity }) => severity === 'deny');
  // Findings about single values, such as a region, do not withhold an identity.
  const findings = denying.length > 0 ? denying : all;
  const broken = findings.filter((finding) => isAboutBrokenPod(finding, provider));
  if (broken.length > 0) return { state: 'broken', reasons: broken.map(reasonOf) };
  const kept = findings.filter(({ code }) => code === `${provider.id}-identity-kept`);
  if (kept.length > 0) return { state: 'own', reasons: kept.map(reasonOf) };
  if (findings.length > 0) return { state: 'in-vain', reasons: findings.map(reasonOf) };
  const cause = 'skip-containers or include-containers excludes every container';
  return { state: 'opted-out', reasons: [{ code: 'containers-excluded', cause, remedy: 'correct the list' }] };
}

/** Whether the identity works in the pod, which has it. */
function brokenOr(
  pod: AdmittedPod,
  provider: Provider,
  credentials: readonly CredentialFromObject[],
  breaks: typeof isAboutBrokenPod = isAboutBrokenPod,
): Part {
  const isBroken = (finding: Finding) => breaks(finding, provider) && concerns(finding, provider, providersOf(pod));
  const reasons = [
    ...findingsOf(pod).filter(isBroken).map(reasonOf),
    ...credentials.filter(({ finding }) => isBroken(finding)).map(reasonOfCredential),
  ];
  return reasons.length > 0 ? { state: 'broken', reasons } : { state: 'ok', reasons };
}

function requestIn(pod: AdmittedPod, provider: Provider): Request | undefined {
  const resolution = resolutionOf(pod);
  return resolution && requestOf(resolution, provider);
}

function isOf({ id }: Provider): (identity: ContainerIdentity) => boolean {
  return ({ provider }) => provider === id;
}

function isGiven(identities: readonly ContainerIdentity[], id: string): boolean {
  return identities.some(({ provider }) => provider === id);
}

function isIn({ verdict }: AdmittedPod, container: string): boolean {
  if (verdict.kind === 'skipped') return false;
  const { containers, initContainers } = verdict.pod;
  return [...initContainers, ...containers].some(({ name }) => name === container);
}

/** Annotations of other products that count only with another setting. */
function unreadKeys({ scopes, settings }: AdmittedPod): Reason[] {
  if (settings.nativeAnnotations) return [];
  return scopes.flatMap(({ object, annotations }) =>
    Object.keys(annotations)
      .filter(isNativeAnnotation)
      .map((key) => ({
        code: 'annotation-not-read',
        cause: `${key} on ${object} is not read, because CWII_NATIVE_ANNOTATIONS is false`,
        remedy: 'set settings.nativeAnnotations to true in cwii.yaml, or use the key of cwii',
      })),
  );
}
