// Changes the event around a review: headers, paths, methods, times and types.

import type { LambdaFunctionURLEvent } from 'aws-lambda';
import { callerToken, pathKey } from '../fakes/secrets.ts';
import type { Chance } from './chance.ts';
import { put } from './change-review.ts';
import { oddText, oddValue } from './odd-values.ts';

type AnyEvent = Record<string, unknown>;

const odd = (chance: Chance) => {
  const value = oddValue(chance);
  return typeof value === 'string' && value.startsWith('@@') ? Number.NaN : value;
};

const authorizations = [
  '',
  'Bearer',
  'Bearer ',
  'Bearer wrong',
  `Basic ${callerToken}`,
  `bearer   ${callerToken}  `,
  `Bearer ${callerToken}, Bearer ${callerToken}`,
  `Bearer ${callerToken}\n`,
  `Bearer ${callerToken}=`,
  `Bearer ${callerToken.slice(1)}`,
  `Bearer ${callerToken.toUpperCase()}`,
  `Bearer ${'a'.repeat(100_000)}`,
  `Bearer ${' '.repeat(50_000)}`,
];

const paths = [
  '',
  '/',
  '/mutate',
  '/mutate/',
  '/MUTATE',
  '//',
  '/healthz',
  '/healthz/',
  `/k/${pathKey}`,
  `/k/${pathKey}/`,
  '/k/',
  '/k/wrong',
  '/k/a/b',
  `/k/${'a'.repeat(50_000)}`,
  '/%2e%2e/mutate',
  '/../mutate',
  '/k/%00',
  '/\ud800',
];

const queries = [
  '',
  'timeout=5s',
  'timeout=1s',
  'timeout=0s',
  'timeout=-1s',
  'timeout=999s',
  'timeout=1000s',
  'timeout=5',
  'timeout=1ms',
  'timeout=5s&timeout=1s',
  '%',
  '%zz=%zz',
  '&&&&',
  'a=b&'.repeat(3000),
  '__proto__=1',
];

const contentTypes = [
  '',
  'application/json; charset=utf-8',
  'APPLICATION/JSON',
  'application/json;',
  'application/jsonp',
  'text/plain',
  'application/vnd.kubernetes.protobuf',
  ` ${'application/json '.repeat(500)}`,
];

const changes: readonly ((chance: Chance, event: AnyEvent) => void)[] = [
  (chance, event) => header(event, 'authorization', chance.onceIn(6) ? odd(chance) : chance.pick(authorizations)),
  (chance, event) => header(event, 'content-type', chance.onceIn(6) ? odd(chance) : chance.pick(contentTypes)),
  (chance, event) => header(event, oddText(chance), odd(chance)),
  (chance, event) => put(event, 'rawPath', chance.onceIn(6) ? odd(chance) : chance.pick(paths)),
  (chance, event) => put(event, 'rawQueryString', chance.onceIn(6) ? odd(chance) : chance.pick(queries)),
  (chance, event) => put(event, 'isBase64Encoded', chance.onceIn(4) ? odd(chance) : event['isBase64Encoded'] !== true),
  (chance, event) => put(event, 'body', chance.onceIn(2) ? odd(chance) : brokenBase64(event['body'])),
  (chance, event) => {
    const methods = ['GET', 'HEAD', 'PUT', 'DELETE', 'OPTIONS', 'post', '', 'POST\n'];
    const http = { method: chance.onceIn(6) ? odd(chance) : chance.pick(methods) };
    put(event, 'requestContext', { ...(event['requestContext'] as object), http });
  },
  (chance, event) => {
    const times = [0, -1, Number.NaN, Date.now() + 1e9, Date.now() - 4_900, Number.MAX_VALUE];
    const timeEpoch = chance.onceIn(4) ? odd(chance) : chance.pick(times);
    put(event, 'requestContext', { ...(event['requestContext'] as object), timeEpoch });
  },
  (chance, event) => put(event, chance.pick(['requestContext', 'headers', 'version', 'cookies']), odd(chance)),
  (chance, event) => {
    delete event[chance.pick(['requestContext', 'headers', 'rawPath', 'rawQueryString', 'body', 'isBase64Encoded'])];
  },
  (chance, event) => put(event, chance.pick(['__proto__', 'constructor', 'toJSON', 'then']), odd(chance)),
];

function header(event: AnyEvent, name: string, value: unknown): void {
  const headers = { ...(event['headers'] as object) };
  put(headers, name, value);
  put(event, 'headers', headers);
}

function brokenBase64(body: unknown): string {
  const text = typeof body === 'string' ? body : '';
  return `=${text.slice(0, Math.floor(text.length / 2))}*\u0000${text.slice(Math.ceil(text.length / 2) + 1)}`;
}

/** Any JSON instead of an event, as in an invocation that does not come from a Function URL. */
export function notAnEvent(chance: Chance): LambdaFunctionURLEvent {
  const value = chance.pick([null, true, 0, '', '{}', `Bearer ${callerToken}`, [], {}, oddText(chance)]);
  return value as unknown as LambdaFunctionURLEvent;
}

export function changeEvent(chance: Chance, event: LambdaFunctionURLEvent): void {
  const changed = chance.few(4);
  for (let count = 0; count < changed; count += 1) chance.pick(changes)(chance, event as unknown as AnyEvent);
}
