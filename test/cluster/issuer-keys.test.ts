// The published keys follow the cluster's keys through a rotation, the grace period, a drop and an undrop.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Answer } from '../../functions/issuer/answer.ts';
import { createSigningKey } from '../../testing/certificates.ts';
import { discoveryBinding, expected, type HostedIssuer, kidOf, startHostedIssuer } from './hosted-issuer.ts';

describe('the issuer function', () => {
  let hosted: HostedIssuer;
  /** Tokens signed by the first, second and third key. */
  let first: string;
  let second: string;
  let third: string;

  beforeAll(async () => {
    hosted = await startHostedIssuer();
    await hosted.cluster.apply(discoveryBinding);
    first = await hosted.token();
    await hosted.invoke();
  });
  afterAll(() => hosted?.stop());

  it('publishes a new key before it signs, and the old key while its tokens are valid', async () => {
    const keys = [hosted.cluster.signingKey, await createSigningKey(), await createSigningKey()] as const;
    // The new key verifies, the old one still signs.
    await hosted.cluster.restartApiServer([keys[0], keys[1]]);
    expect((await hosted.invoke()).answer?.keys.map(({ status }) => status)).toEqual(['current', 'current']);
    // The new key signs.
    await hosted.cluster.restartApiServer([keys[1], keys[0]]);
    second = await hosted.token();
    expect(kidOf(second)).not.toBe(kidOf(first));
    expect((await hosted.invoke()).answer).toMatchObject({ written: [] });
    await hosted.served.verify(first, expected);
    await hosted.served.verify(second, expected);
    // The next rotation follows at once: the first key is gone from the cluster.
    await hosted.cluster.restartApiServer([keys[2], keys[1]]);
    third = await hosted.token();
    const { answer } = await hosted.invoke();
    expect(statuses(answer)).toEqual({
      [kidOf(first)]: 'removed',
      [kidOf(second)]: 'current',
      [kidOf(third)]: 'current',
    });
    for (const one of [first, second, third]) await hosted.served.verify(one, expected);
  });

  it('removes an old key when its grace period is over', async () => {
    const changes = await hosted.cluster.waitFor('a grace period of three seconds to end', async () => {
      const { answer } = await hosted.invoke({}, { CWII_ISSUER_KEY_GRACE_SECONDS: '3' });
      return answer && answer.changes.length > 0 && answer.changes;
    });
    expect(changes).toEqual([`${kidOf(first)} is no longer served`]);
    await expect(hosted.served.verify(first, expected)).rejects.toMatchObject({ code: 'ERR_JWKS_NO_MATCHING_KEY' });
    await hosted.served.verify(second, expected);
    await hosted.served.verify(third, expected);
  });

  it('drops a compromised key at once, and warns that the cluster still publishes it', async () => {
    const { answer, log } = await hosted.invoke({ drop: [kidOf(second)] });
    expect(statuses(answer)).toEqual({ [kidOf(third)]: 'current' });
    expect(answer?.warnings).toEqual([expect.stringContaining(`${kidOf(second)} was dropped and is not served`)]);
    expect(log).toContainEqual(expect.objectContaining({ level: 'warn', outcome: 'published' }));
    await expect(hosted.served.verify(second, expected)).rejects.toMatchObject({ code: 'ERR_JWKS_NO_MATCHING_KEY' });
    await hosted.served.verify(third, expected);
  });

  it('keeps a dropped key out on the next run', async () => {
    const { answer } = await hosted.invoke();
    expect(answer).toMatchObject({ written: [], warnings: [expect.stringContaining(kidOf(second))] });
    await expect(hosted.served.verify(second, expected)).rejects.toMatchObject({ code: 'ERR_JWKS_NO_MATCHING_KEY' });
  });

  it('refuses to drop the last signing key', async () => {
    const { error } = await hosted.invoke({ drop: [kidOf(third)] });
    expect(error).toMatchObject({ code: 'issuer-drop-leaves-nothing' });
    await hosted.served.verify(third, expected);
  });

  it('publishes a dropped key again after an undrop', async () => {
    const { answer } = await hosted.invoke({ undrop: [kidOf(second)] });
    expect(answer).toMatchObject({ dropped: [], warnings: [] });
    await hosted.served.verify(second, expected);
  });
});

function statuses(answer: Answer | undefined): Record<string, string> {
  return Object.fromEntries(answer?.keys.map(({ kid, status }) => [kid, status]) ?? []);
}
