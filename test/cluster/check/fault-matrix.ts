// Injects one fault after the other into a healthy cluster, and checks what `cwii check` says about each.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type HealthyCluster, problemsIn, startHealthyCluster } from './healthy-cluster.ts';

/** Undoes what a fault did. */
export type Undo = () => Promise<unknown>;

export interface Fault {
  readonly fault: string;
  /** Breaks something. */
  readonly inject: (healthy: HealthyCluster) => Promise<Undo>;
  /** Each line of `problemsIn()` in order, as a pattern: `failed webhook-url: …`. */
  readonly problems: readonly RegExp[];
  /** Arguments after `cwii check`. */
  readonly args?: readonly string[] | ((healthy: HealthyCluster) => readonly string[]);
}

/** The API server follows a change of a webhook, a policy or a role within a second or two. */
const ATTEMPTS = 8;

export function describeFaults(title: string, faults: readonly Fault[]): void {
  describe(title, () => {
    let healthy: HealthyCluster;
    beforeAll(async () => {
      healthy = await startHealthyCluster();
    });
    afterAll(() => healthy?.stop());

    it.for(faults.map((one) => [one.fault, one] as const))('%s', async ([, { inject, problems, args = [] }]) => {
      const undo = await inject(healthy);
      try {
        const given = typeof args === 'function' ? args(healthy) : args;
        await untilSettled(healthy, given, problems);
        const { stdout, stderr, status } = await healthy.check(...given);
        const failures = problems.filter(({ source }) => source.startsWith('^failed'));
        expect({ stderr, status }).toEqual({ stderr: '', status: failures.length > 0 ? 1 : 0 });
        for (const code of codesOf(problems)) expect(stdout).toContain(`[${code}]\n`);
        expect(stdout).not.toContain(healthy.callerToken);
      } finally {
        await undo();
      }
    });

    it('is healthy again afterwards', async () => {
      await untilSettled(healthy, [], []);
    });
  });
}

async function untilSettled(
  healthy: HealthyCluster,
  args: readonly string[],
  problems: readonly RegExp[],
): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    const found = problemsIn(await healthy.report(...args));
    const isRight =
      found.length === problems.length && problems.every((pattern, index) => pattern.test(found[index] ?? ''));
    if (isRight) return;
    if (attempt === ATTEMPTS) {
      expect(found).toEqual(problems.map((pattern) => expect.stringMatching(pattern)));
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
}

function codesOf(problems: readonly RegExp[]): string[] {
  return problems.map(({ source }) => / ([a-z-]+)/.exec(source)?.[1] ?? '');
}

/** Reads an object, lets `edit` change it, and writes it back. The undo writes the former content. */
export async function editObject(
  { cluster }: HealthyCluster,
  path: string,
  // biome-ignore lint/suspicious/noExplicitAny: the objects of the API have no types here
  edit: (object: any) => void,
): Promise<Undo> {
  const read = () => cluster.api<{ metadata: { resourceVersion?: string } }>('GET', path);
  const before = await read();
  const changed = structuredClone(before);
  edit(changed);
  await cluster.api('PUT', path, changed);
  return async () => {
    const { metadata } = await read();
    await cluster.api('PUT', path, {
      ...before,
      metadata: { ...before.metadata, resourceVersion: metadata.resourceVersion },
    });
  };
}

/** Deletes an object. The undo applies the step of the manifests again. */
export async function deleteObject(healthy: HealthyCluster, path: string, step: string): Promise<Undo> {
  await healthy.cluster.api('DELETE', path);
  return () => healthy.applyStep(step);
}

export const REGISTRATION = '/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations/cwii';
