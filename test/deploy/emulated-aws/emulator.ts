// Requests to the emulator itself: forwarded ones, and those of the account's administrator.

import { createHash, createHmac } from 'node:crypto';
import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http';
import { request } from 'node:https';
import { buffer } from 'node:stream/consumers';
import { SignatureV4 } from '@smithy/signature-v4';

export interface Exchange {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export interface EmulatorAddress {
  readonly port: number;
  readonly caPem: string;
  readonly account: string;
  readonly region: string;
}

export interface Caller {
  readonly credentials: {
    readonly accessKeyId: string;
    readonly secretAccessKey: string;
    readonly sessionToken?: string;
  };
  /** Headers that are not signed. `x-forwarded-proto: http` stands for a connection without TLS. */
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Emulator extends EmulatorAddress {
  /** The same account, with requests of another caller. */
  as(caller: Caller): Emulator;
  /** Sends a request unchanged: its Host header selects the service. */
  forward(method: string, path: string, headers: OutgoingHttpHeaders, body?: Buffer): Promise<Exchange>;
  /** An action of a service with the query protocol. @throws with the service's answer. */
  query(service: keyof typeof versions, action: string, parameters?: Record<string, string>): Promise<string>;
  /** A call of a service with a REST protocol. @throws with the service's answer. */
  rest(service: string, method: string, path: string, body?: object): Promise<string>;
  /** An action with the JSON protocol, by its X-Amz-Target. @throws with the service's answer. */
  json(service: string, target: string, body: object): Promise<Readonly<Record<string, unknown>>>;
  /** Undefined if the account has no such identity provider. */
  audiencesOfProvider(issuer: string): Promise<readonly string[] | undefined>;
}

const versions = {
  cloudformation: '2010-05-15',
  cloudwatch: '2010-08-01',
  ec2: '2016-11-15',
  iam: '2010-05-08',
  sns: '2010-03-31',
  sts: '2011-06-15',
} as const;

/** The root user of an account, whom no policy limits. MiniStack takes the account from the key. */
export function rootOf(account: string): Caller {
  return { credentials: { accessKeyId: account, secretAccessKey: 'test' } };
}

export function connectEmulator(address: EmulatorAddress, caller = rootOf(address.account)): Emulator {
  const { port, caPem, region } = address;
  const forward: Emulator['forward'] = async (method, path, headers, body) => {
    const call = request({ host: '127.0.0.1', port, ca: caPem, servername: 'localhost', method, path, headers });
    const answered = new Promise<Exchange>((resolve, reject) => {
      call.once('error', reject).once('response', (response) => {
        const { statusCode: status = 0, headers } = response;
        buffer(response).then((data) => resolve({ status, headers, body: data }), reject);
      });
    });
    call.end(body);
    return answered;
  };

  async function signed(
    service: string,
    method: string,
    path: string,
    body = '',
    contentHeaders: Readonly<Record<string, string>> = {},
  ): Promise<string> {
    const signer = new SignatureV4({ service, region, credentials: caller.credentials, sha256: Sha256 });
    const { pathname, searchParams } = new URL(path, 'https://127.0.0.1');
    const query = Object.fromEntries(searchParams);
    const headers = { host: `127.0.0.1:${port}`, ...contentHeaders };
    const { headers: signedHeaders } = await signer.sign({
      ...{ method, protocol: 'https:', hostname: '127.0.0.1', port, path: pathname, query, headers, body },
    });
    const answer = await forward(method, path, { ...signedHeaders, ...caller.headers }, Buffer.from(body));
    const text = answer.body.toString();
    if (answer.status >= 400) throw new Error(`${service} ${method} ${path}: ${answer.status} ${text}`);
    return text;
  }

  const emulator: Emulator = {
    ...address,
    forward,
    as: (other) => connectEmulator(address, other),
    query: (service, action, parameters = {}) => {
      const form = new URLSearchParams({ Action: action, Version: versions[service], ...parameters });
      const name = service === 'cloudwatch' ? 'monitoring' : service;
      return signed(name, 'POST', '/', form.toString(), { 'content-type': 'application/x-www-form-urlencoded' });
    },
    rest: (service, method, path, body) =>
      body
        ? signed(service, method, path, JSON.stringify(body), { 'content-type': 'application/json' })
        : signed(service, method, path),
    json: async (service, target, body) => {
      const contentHeaders = { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': target };
      return JSON.parse(await signed(service, 'POST', '/', JSON.stringify(body), contentHeaders));
    },
    audiencesOfProvider: async (issuer) => {
      const name = issuer.replace('https://', '');
      const arns = textsOf(await emulator.query('iam', 'ListOpenIDConnectProviders'), 'Arn');
      const arn = arns.find((one) => one.endsWith(`:oidc-provider/${name}`));
      if (arn === undefined) return undefined;
      const xml = await emulator.query('iam', 'GetOpenIDConnectProvider', { OpenIDConnectProviderArn: arn });
      return textsOf(/<ClientIDList>(.*)<\/ClientIDList>/s.exec(xml)?.[1] ?? '', 'member');
    },
  };
  return emulator;
}

/** The texts of all elements of this name. */
export function textsOf(xml: string, element: string): string[] {
  return [...xml.matchAll(new RegExp(`<${element}>([^<]*)</${element}>`, 'g'))].map(([, text = '']) => text);
}

/** The hash interface of the signer. */
class Sha256 {
  readonly #hash;
  constructor(secret?: unknown) {
    this.#hash = secret === undefined ? createHash('sha256') : createHmac('sha256', secret as Buffer);
  }
  update(data: unknown): void {
    this.#hash.update(data as Buffer);
  }
  async digest(): Promise<Uint8Array> {
    return this.#hash.digest();
  }
  reset(): void {}
}
