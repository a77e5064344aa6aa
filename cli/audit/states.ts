// The states of a workload's identity, in the order in which a report shows them.

export const stateDocs = {
  lacking: {
    title: 'lacks its identity',
    meaning: 'Running pods do not have the identity that the annotations request, or new pods would not get it.',
  },
  broken: {
    title: 'broken',
    meaning:
      'The pod has, or should have, the identity, but something in the pod makes it useless: static keys that SDKs prefer, a mount in the way, or a copy of a pod that lost a part.',
  },
  stale: {
    title: 'stale',
    meaning:
      'Running pods have another role, audience, lifetime, tenant or other value than the annotations say now, or an identity that nothing requests any more.',
  },
  'in-vain': {
    title: 'asks in vain',
    meaning: 'Annotations ask for an identity, but a finding says why no pod gets it.',
  },
  own: {
    title: 'own identity',
    meaning: 'The containers bring an identity of their own, which cwii leaves as it is.',
  },
  ok: { title: 'has its identity', meaning: 'Every running pod has what the annotations request.' },
  'opted-out': {
    title: 'opted out',
    meaning: 'An annotation disables the cloud, or excludes every container.',
  },
  'not-asking': { title: 'does not ask', meaning: 'Nothing requests an identity, and the pods have none.' },
} as const;

export type State = keyof typeof stateDocs;

/** From the one that needs most attention. */
export const states = Object.keys(stateDocs) as State[];

/** The states that a rollout can correct. */
export const restartableStates: readonly State[] = ['lacking', 'stale'];

/** The state of a whole from those of its parts. */
export function worstOf(parts: Iterable<State>): State {
  const present = new Set(parts);
  return states.find((state) => present.has(state)) ?? 'not-asking';
}
