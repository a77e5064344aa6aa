// Every fault on the way to the API server, with what the pod's author reads of it and what the log says. The tests
// bring each one about; docs/reliability.md shows the table.

import type { ServerCertificate } from './certificates.ts';
import type { ApiLink } from './network/api-link.ts';
import type { FaultProxy } from './network/fault-proxy.ts';
import { answer, brokenJson, type Fault, hang, hangMidBody, html, hugeBody, resetMidBody } from './network/faults.ts';

/** All that can break between the function and the API server. */
export interface Way {
  /** TCP. */
  readonly link: ApiLink;
  /** TLS and HTTP. */
  readonly proxy: FaultProxy;
  readonly expired: ServerCertificate;
  readonly otherHost: ServerCertificate;
}

export interface FaultCase {
  /** As in "the API server …". */
  readonly what: string;
  /** What a request meets. */
  readonly fault?: Fault;
  /** Where no request gets that far: what happens on the way. */
  readonly breakWay?: (way: Way) => void | Promise<void>;
  /** What the pod's author reads after "could not be read from the cluster: ". */
  readonly said: string;
  /** `code` in the log line. */
  readonly code: string;
  /** What `error` in the log line has beside that; for the operator. */
  readonly cause?: string;
  /** Where a proxy speaks HTTP/1.1 only. */
  readonly overHttp1?: { readonly said: string; readonly cause: string };
  /** What else may be said where many requests meet it at once, and share the connection. */
  readonly saidInACrowd?: readonly string[];
  /** Whether a read that meets it is made a second time; where it meets it only once, the pod has its identity. */
  readonly retried: boolean;
}

export async function begin({ fault, breakWay }: FaultCase, way: Way): Promise<void> {
  if (fault) way.proxy.fail(fault);
  await breakWay?.(way);
}

const unreachable = (code: string) => `no connection to the API server (${code})`;
const late = 'the API server did not answer in time';
const unreadable = 'the answer is not the metadata of an object';

const status = (code: number, reason: string, headers: Record<string, string> = {}) =>
  answer(code, { kind: 'Status', apiVersion: 'v1', status: 'Failure', reason, code }, headers);

/** A byte every now and then: the connection lives, and the answer never ends. */
const slowDrip: Fault = (response) => {
  response.writeHead(200, { 'content-type': 'application/json' });
  let left = 100;
  const timer = setInterval(() => {
    response.write(' ');
    left -= 1;
    if (left === 0) clearInterval(timer);
  }, 100);
  (response as unknown as NodeJS.EventEmitter).once('close', () => clearInterval(timer));
};

export const faultCases: readonly FaultCase[] = [
  {
    what: 'refuses connections',
    breakWay: ({ link }) => link.cut(),
    said: unreachable('ECONNREFUSED'),
    code: 'cluster-unreachable',
    cause: 'connect ECONNREFUSED',
    retried: true,
  },
  {
    what: 'accepts connections and says nothing',
    breakWay: ({ link }) => link.silence(),
    said: late,
    code: 'cluster-timeout',
    retried: true,
  },
  {
    what: 'takes the request and never answers',
    fault: hang,
    said: late,
    code: 'cluster-timeout',
    retried: true,
  },
  {
    what: 'stops in the middle of its answer',
    fault: hangMidBody,
    said: late,
    code: 'cluster-timeout',
    retried: true,
  },
  { what: 'answers a byte at a time', fault: slowDrip, said: late, code: 'cluster-timeout', retried: true },
  {
    what: 'breaks off in the middle of its answer',
    fault: resetMidBody,
    said: unreachable('answer-cut-off'),
    code: 'cluster-unreachable',
    cause: 'the connection closed before the answer was complete',
    overHttp1: { said: unreachable('ECONNRESET'), cause: 'aborted' },
    retried: true,
  },
  {
    what: 'answers 401',
    fault: status(401, 'Unauthorized'),
    said: "the API server does not accept the function's token (401)",
    code: 'cluster-unauthorized',
    retried: true,
  },
  {
    what: 'answers 403',
    fault: status(403, 'Forbidden'),
    said: "the function's user may not get serviceaccounts (403)",
    code: 'cluster-forbidden',
    retried: false,
  },
  {
    what: 'answers 404 for a path, as where it is another server',
    fault: status(404, 'NotFound'),
    said: 'the answer (404) is not about it; does the API serve serviceaccounts in v1?',
    code: 'cluster-kind-unknown',
    retried: false,
  },
  {
    what: 'answers 429 and asks to wait a second',
    fault: status(429, 'TooManyRequests', { 'retry-after': '1' }),
    said: 'the answer is HTTP 429',
    code: 'cluster-answer-unexpected',
    retried: true,
  },
  {
    what: 'answers 429 and asks to wait for longer than there is',
    fault: status(429, 'TooManyRequests', { 'retry-after': '60' }),
    said: 'the answer is HTTP 429',
    code: 'cluster-answer-unexpected',
    retried: false,
  },
  {
    what: 'answers 500',
    fault: status(500, 'InternalError'),
    said: 'the answer is HTTP 500',
    code: 'cluster-answer-unexpected',
    retried: true,
  },
  {
    what: 'answers half of an object',
    fault: brokenJson,
    said: unreadable,
    code: 'cluster-answer-unreadable',
    retried: true,
  },
  {
    what: 'is hidden by a proxy that answers 200 with HTML',
    fault: html(200),
    said: unreadable,
    code: 'cluster-answer-unreadable',
    retried: true,
  },
  {
    what: 'is hidden by a proxy that answers 502 with HTML',
    fault: html(502),
    said: 'the answer is HTTP 502',
    code: 'cluster-answer-unexpected',
    retried: true,
  },
  {
    what: 'is hidden by a proxy that redirects',
    fault: answer(302, '', { location: 'https://login.example.com/' }),
    said: 'the answer is a redirect (302), and none is followed',
    code: 'cluster-redirected',
    retried: false,
  },
  {
    what: 'answers 5 MB',
    fault: hugeBody,
    said: 'the answer is too large',
    code: 'cluster-answer-unreadable',
    cause: 'the answer is larger than 4194304 bytes',
    // Node.js gives a connection 10 MB for what is under way, and the way is full.
    saidInACrowd: [unreachable('ERR_HTTP2_STREAM_ERROR'), late],
    retried: false,
  },
  {
    what: 'shows an expired certificate',
    breakWay: ({ proxy, expired }) => proxy.present(expired),
    said: unreachable('CERT_HAS_EXPIRED'),
    code: 'cluster-unreachable',
    cause: 'certificate has expired',
    retried: true,
  },
  {
    what: 'shows the certificate of another host',
    breakWay: ({ proxy, otherHost }) => proxy.present(otherHost),
    said: unreachable('ERR_TLS_CERT_ALTNAME_INVALID'),
    code: 'cluster-unreachable',
    cause: "IP: 127.0.0.1 is not in the cert's list",
    retried: true,
  },
];
