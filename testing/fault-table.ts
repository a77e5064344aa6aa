// The faults of the API server and of the network, with the message and the log line of each.
//
// The chaos tests cause each fault; docs/reliability.md shows the table.

import type { ServerCertificate } from './certificates.ts';
import type { ApiLink } from './network/api-link.ts';
import type { FaultProxy } from './network/fault-proxy.ts';
import { answer, brokenJson, type Fault, hang, hangMidBody, html, hugeBody, resetMidBody } from './network/faults.ts';

/** The path from the function to the API server, which tests can break. */
export interface NetworkPath {
  /** TCP. */
  readonly link: ApiLink;
  /** TLS and HTTP. */
  readonly proxy: FaultProxy;
  readonly expired: ServerCertificate;
  readonly otherHost: ServerCertificate;
}

export interface FaultCase {
  /** Continues "the API server …". */
  readonly what: string;
  /** The answer to requests. */
  readonly fault?: Fault;
  /** For faults that happen before the API server gets the request. */
  readonly breakPath?: (path: NetworkPath) => void | Promise<void>;
  /** The message for the pod's creator, after "could not be read from the cluster: ". */
  readonly said: string;
  /** `code` in the log line. */
  readonly code: string;
  /** Additional text of `error` in the log line, for the operator. */
  readonly cause?: string;
  /** Over HTTP/1.1, if that differs. */
  readonly overHttp1?: { readonly said: string; readonly cause: string };
  /** Other possible messages if many requests share the connection. */
  readonly saidUnderLoad?: readonly string[];
  /** Whether the read is retried. Then the pod gets its identity if the fault happens only once. */
  readonly retried: boolean;
}

export async function startFault({ fault, breakPath }: FaultCase, path: NetworkPath): Promise<void> {
  if (fault) path.proxy.fail(fault);
  await breakPath?.(path);
}

/** The message if there is no connection. */
export const unreachable = (code: string) => `no connection to the API server (${code})`;
const invalidCertificate = (code: string) =>
  `the API server's certificate is expired, or not for the host of CWII_KUBE_API_URL (${code})`;
const late = 'the API server did not answer in time';
const unreadable = 'the answer is not the metadata of an object';

const status = (code: number, reason: string, headers: Record<string, string> = {}) =>
  answer(code, { kind: 'Status', apiVersion: 'v1', status: 'Failure', reason, code }, headers);

/** One byte every 100 ms: the connection is alive, but the answer does not end. */
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
    breakPath: ({ link }) => link.cut(),
    said: unreachable('ECONNREFUSED'),
    code: 'cluster-unreachable',
    cause: 'connect ECONNREFUSED',
    retried: true,
  },
  {
    what: 'accepts connections and sends nothing',
    breakPath: ({ link }) => link.silence(),
    said: late,
    code: 'cluster-timeout',
    retried: true,
  },
  {
    what: 'accepts the request and never answers',
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
  { what: 'answers one byte at a time', fault: slowDrip, said: late, code: 'cluster-timeout', retried: true },
  {
    what: 'closes the connection in the middle of its answer',
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
    said: "the API server rejected the function's token (HTTP 401)",
    code: 'cluster-unauthorized',
    retried: true,
  },
  {
    what: 'answers 403',
    fault: status(403, 'Forbidden'),
    said: "the function's user is not allowed to get serviceaccounts (HTTP 403)",
    code: 'cluster-forbidden',
    retried: false,
  },
  {
    what: 'answers 404 without the name of the object, as another server does',
    fault: status(404, 'NotFound'),
    said: 'the answer is not about this object; the API server may not serve serviceaccounts in v1 (HTTP 404)',
    code: 'cluster-kind-unknown',
    retried: false,
  },
  {
    what: 'answers 429 with a Retry-After of one second',
    fault: status(429, 'TooManyRequests', { 'retry-after': '1' }),
    said: 'the API server answered with an error (HTTP 429)',
    code: 'cluster-answer-unexpected',
    retried: true,
  },
  {
    what: 'answers 429 with a Retry-After beyond the deadline',
    fault: status(429, 'TooManyRequests', { 'retry-after': '60' }),
    said: 'the API server answered with an error (HTTP 429)',
    code: 'cluster-answer-unexpected',
    retried: false,
  },
  {
    what: 'answers 500',
    fault: status(500, 'InternalError'),
    said: 'the API server answered with an error (HTTP 500)',
    code: 'cluster-answer-unexpected',
    retried: true,
  },
  {
    what: 'answers with half of an object',
    fault: brokenJson,
    said: unreadable,
    code: 'cluster-answer-unreadable',
    retried: true,
  },
  {
    what: 'is behind a proxy that answers 200 with HTML',
    fault: html(200),
    said: unreadable,
    code: 'cluster-answer-unreadable',
    retried: true,
  },
  {
    what: 'is behind a proxy that answers 502 with HTML',
    fault: html(502),
    said: 'the API server answered with an error (HTTP 502)',
    code: 'cluster-answer-unexpected',
    retried: true,
  },
  {
    what: 'is behind a proxy that redirects',
    fault: answer(302, '', { location: 'https://login.example.com/' }),
    said: 'the API server answered with a redirect, which cwii does not follow (HTTP 302)',
    code: 'cluster-redirected',
    retried: false,
  },
  {
    what: 'answers with 5 MB',
    fault: hugeBody,
    said: 'the answer is too large',
    code: 'cluster-answer-unreadable',
    cause: 'the answer is larger than 4194304 bytes',
    // Node.js limits the buffered data of a connection to 10 MB, which several answers exceed.
    saidUnderLoad: [unreachable('ERR_HTTP2_STREAM_ERROR'), late],
    retried: false,
  },
  {
    what: 'presents an expired certificate',
    breakPath: ({ proxy, expired }) => proxy.present(expired),
    said: invalidCertificate('CERT_HAS_EXPIRED'),
    code: 'cluster-unreachable',
    cause: 'certificate has expired',
    retried: true,
  },
  {
    what: 'presents the certificate of another host',
    breakPath: ({ proxy, otherHost }) => proxy.present(otherHost),
    said: invalidCertificate('ERR_TLS_CERT_ALTNAME_INVALID'),
    code: 'cluster-unreachable',
    cause: "IP: 127.0.0.1 is not in the cert's list",
    retried: true,
  },
];
