// Requests to AWS with the SDK's signer, in a chunk that is loaded only for credentials that sign one.
//
// The SDK's clients cost several times as much at a cold start. They are used where no pod waits, and where
// the credentials of the process are not in its environment.

import type { Hash, Hmac } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { SignatureV4 } from '@smithy/signature-v4';

export interface AwsService {
  readonly service: 'sts' | 'secretsmanager';
  readonly region: string;
}

export interface AwsCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

export interface SignedPost extends AwsService {
  /** The variable with another endpoint for this service, as in the SDKs. */
  readonly endpointVariable: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** An error of the service, with the properties of the SDK's errors that `awsFailure` reads. */
interface ServiceError extends Error {
  readonly $metadata: { readonly httpStatusCode: number };
}

/** The partitions with a domain other than amazonaws.com, as the SDKs have them. */
const domains: readonly (readonly [RegExp, string])[] = [
  [/^cn-/, 'amazonaws.com.cn'],
  [/^eusc-/, 'amazonaws.eu'],
  [/^us-iso-/, 'c2s.ic.gov'],
  [/^us-isob-/, 'sc2s.sgov.gov'],
  [/^eu-isoe-/, 'cloud.adc-e.uk'],
  [/^us-isof-/, 'csp.hci.ic.gov'],
];

const ATTEMPTS = 2;
const ATTEMPT_MS = 2_000;
const PAUSE_MS = 50;
/** A second attempt can help after these errors, and after every status of 500 and more. */
const RETRIABLE = /throttl|TooManyRequests|RequestLimitExceeded|SlowDown/i;

/** The regional endpoint of a service. */
export function hostOf({ service, region }: AwsService): string {
  return `${service}.${region}.${domains.find(([regions]) => regions.test(region))?.[1] ?? 'amazonaws.com'}`;
}

export function signerFor({ service, region }: AwsService, credentials: AwsCredentials): SignatureV4 {
  return new SignatureV4({ service, region, credentials, sha256: Sha256 });
}

/**
 * Sends a request, and repeats it once if that can help. A connection is not kept, because the calls are
 * minutes apart and it would mostly be dead.
 *
 * @returns the body of the answer. @throws the error of the service or of the connection.
 */
export async function post(request: SignedPost, credentials: AwsCredentials): Promise<string> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await attemptPost(request, credentials);
    } catch (error) {
      const { name, $metadata } = error as Partial<ServiceError>;
      const isRetriable = !$metadata || $metadata.httpStatusCode >= 500 || RETRIABLE.test(name ?? '');
      if (attempt === ATTEMPTS || !isRetriable) throw error;
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  }
}

async function attemptPost(request: SignedPost, credentials: AwsCredentials): Promise<string> {
  const { AWS_ENDPOINT_URL } = process.env;
  const url = new URL(process.env[request.endpointVariable] || AWS_ENDPOINT_URL || `https://${hostOf(request)}`);
  const { headers } = await signerFor(request, credentials).sign({
    method: 'POST',
    protocol: url.protocol,
    hostname: url.hostname,
    path: url.pathname,
    query: {},
    headers: { ...request.headers, host: url.host },
    body: request.body,
  });
  const response = await send(url, headers, request.body);
  const parts: Buffer[] = [];
  for await (const part of response) parts.push(part as Buffer);
  const text = Buffer.concat(parts).toString('utf8');
  const { statusCode: httpStatusCode = 0 } = response;
  if (httpStatusCode === 200) return text;
  const { name, message } = errorOf(text);
  throw Object.assign(new Error(message), { name, $metadata: { httpStatusCode } } satisfies Omit<
    ServiceError,
    'message'
  >);
}

function send(url: URL, headers: Readonly<Record<string, string>>, body: string): Promise<IncomingMessage> {
  const { request } = process.getBuiltinModule(url.protocol === 'http:' ? 'node:http' : 'node:https');
  return new Promise((resolve, reject) => {
    const call = request(url, { method: 'POST', headers, agent: false }, resolve);
    call.once('error', reject);
    const late = () =>
      call.destroy(Object.assign(new Error(`no answer within ${ATTEMPT_MS} ms`), { name: 'TimeoutError' }));
    const timer = setTimeout(late, ATTEMPT_MS);
    call.once('close', () => clearTimeout(timer));
    call.end(body);
  });
}

/** In XML (STS) or JSON (Secrets Manager). A proxy may answer with something else. */
function errorOf(text: string): { name: string; message: string } {
  const [name, message] = [/<Code>([^<]+)</, /<Message>([^<]*)</].map((element) => element.exec(text)?.[1]);
  if (name !== undefined) return { name, message: message ?? '' };
  try {
    const { __type, message: said, Message } = JSON.parse(text) as Partial<Record<string, string>>;
    // The type can have a prefix: com.amazonaws.secretsmanager#AccessDeniedException
    if (__type !== undefined) return { name: __type.split('#').at(-1) ?? '', message: said ?? Message ?? '' };
  } catch {
    // Not the service: the name below says so.
  }
  return { name: 'an answer that is not from the service', message: '' };
}

/** The hash interface of the signer, implemented with node:crypto. */
class Sha256 {
  readonly #hash: Hash | Hmac;

  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    const { createHash, createHmac } = process.getBuiltinModule('node:crypto');
    this.#hash = secret === undefined ? createHash('sha256') : createHmac('sha256', toBytes(secret));
  }

  update(data: string | ArrayBuffer | ArrayBufferView): void {
    this.#hash.update(toBytes(data));
  }

  async digest(): Promise<Uint8Array> {
    return this.#hash.digest();
  }

  reset(): void {}
}

function toBytes(data: string | ArrayBuffer | ArrayBufferView): Uint8Array {
  if (typeof data === 'string') return Buffer.from(data);
  return ArrayBuffer.isView(data)
    ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
    : new Uint8Array(data);
}
