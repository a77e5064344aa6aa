// Fuzz subject: the reader with answers of an API server that have any status, headers and body.

import { ApiClient } from '../../lib/cluster/http/api-client.ts';
import type { ClusterConnection } from '../../lib/cluster/http/connection.ts';
import { KubeReader } from '../../lib/cluster/kube-reader.ts';
import type { ReadResult } from '../../lib/cluster/reader.ts';
import { Deadline } from '../../lib/common/deadline.ts';
import { ClusterReadError } from '../../lib/common/errors.ts';
import { serviceAccounts } from '../../lib/kubernetes/objects.ts';
import { ListedTokens } from '../fakes/listed-tokens.ts';
import { clusterToken } from '../fakes/secrets.ts';
import { Chance } from './chance.ts';
import { changeTree } from './change-review.ts';
import { changeText } from './change-text.ts';
import { annotation, oddText, unmark } from './odd-values.ts';
import type { Checked, Subject } from './subject.ts';

const key = { kind: serviceAccounts, namespace: 'shop', name: 'web' };

const statuses = [200, 200, 200, 200, 200, 404, 404, 401, 403, 429, 500, 503, 302, 204, 0, 99, 999, -1, Number.NaN];
const waits = ['0', '00', '1', '9999', '99999', '-1', '1.5', 'soon', '', '1e1'];

const deadlineMs = 100;
/** Far beyond the deadline, even on a busy machine: only a read that hangs takes longer. */
const longestMs = 5_000;
const longestMessage = 1_000;

interface Made {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[]>>;
  readonly body: string;
}

function generate(seed: number, index: number): Made {
  const chance = new Chance(seed, index);
  const status = chance.pick(statuses);
  const found = status === 404 || chance.onceIn(20) ? missing() : object(chance);
  if (!chance.onceIn(4)) changeTree(chance, found);
  const written = unmark(JSON.stringify(found));
  const body = chance.onceIn(5) ? changeText(chance, written) : written;
  const wait = chance.onceIn(5) ? [chance.pick(waits)] : chance.pick(waits);
  return { status, headers: chance.onceIn(3) ? { 'retry-after': wait, [oddText(chance)]: oddText(chance) } : {}, body };
}

function object(chance: Chance): Record<string, unknown> {
  const annotations = Object.fromEntries(Array.from({ length: chance.below(4) }, () => annotation(chance)));
  const owner = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web', uid: 'uid', controller: true };
  const metadata = { name: 'web', namespace: 'shop', uid: 'uid', annotations, ownerReferences: [owner] };
  return { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata };
}

function missing(): Record<string, unknown> {
  const details = { name: 'web', kind: 'serviceaccounts' };
  return { kind: 'Status', apiVersion: 'v1', status: 'Failure', reason: 'NotFound', details, code: 404 };
}

async function read(made: Made): Promise<ReadResult | { readonly error: unknown }> {
  // The part of a connection that the reader uses; raw-answers.test.ts uses the real one.
  const connection: Pick<ClusterConnection, 'send' | 'url'> = {
    url: new URL('https://api.example.com'),
    send: async () => ({ ...made, discardConnection: () => undefined }),
  };
  const reader = new KubeReader(new ApiClient(connection as ClusterConnection, new ListedTokens(clusterToken)));
  using deadline = new Deadline(deadlineMs);
  try {
    return await reader.read(key, { deadline, fresh: true });
  } catch (error) {
    return { error };
  }
}

export const clusterAnswers: Subject = {
  async check(seed, index): Promise<Checked> {
    const made = generate(seed, index);
    const began = performance.now();
    const result = await read(made);
    const milliseconds = performance.now() - began;
    const kind = 'error' in result ? codeOf(result.error) : result.object ? 'object' : 'missing';
    const slow = milliseconds > longestMs ? `it took ${Math.round(milliseconds)} ms` : undefined;
    return { problem: slow ?? judge(made, result), kind, milliseconds };
  },
  async show(seed, index) {
    return generate(seed, index);
  },
};

function codeOf(error: unknown): string {
  return error instanceof ClusterReadError ? error.code : 'violation';
}

function judge(made: Made, result: ReadResult | { readonly error: unknown }): string | undefined {
  if ('error' in result) {
    const { error } = result;
    if (!(error instanceof ClusterReadError)) return `it threw ${String(error)}`;
    if (error.message.length > longestMessage) return `the message has ${error.message.length} characters`;
    if (error.message.includes(clusterToken)) return 'the message contains the token';
    return error.message.startsWith('ServiceAccount shop/web could not be read')
      ? undefined
      : 'the message does not name the object';
  }
  const { object: found, attempts } = result;
  if (attempts < 1 || attempts > 2) return `there were ${attempts} attempts`;
  if (!found) return saysMissing(made) ? undefined : 'an object is treated as missing, but the answer does not say so';
  if (made.status !== 200) return `an object from an answer with status ${made.status}`;
  if (typeof found.uid !== 'string') return 'the uid is not a string';
  const odd = Object.values(found.annotations).find((value) => typeof value !== 'string');
  if (odd !== undefined) return 'an annotation is not a string';
  const wrong = found.ownerReferences.find(
    ({ kind, name, uid }) => ![kind, name, uid].every((one) => typeof one === 'string'),
  );
  return wrong ? 'an owner reference is incomplete' : undefined;
}

/** Whether it is a 404 with a Status that names this object. */
function saysMissing({ status, body }: Made): boolean {
  const { kind, details } = JSON.parse(body) as { kind?: unknown; details?: { name?: unknown } };
  return status === 404 && kind === 'Status' && details?.name === key.name;
}
