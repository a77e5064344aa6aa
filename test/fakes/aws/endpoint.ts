// A fake endpoint of an AWS service on loopback that checks signatures and fails on demand.

import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { type Credentials, isSignedBy } from './signature.ts';

export interface AwsCall {
  readonly credentials: Credentials;
  readonly headers: IncomingHttpHeaders;
  readonly query: URLSearchParams;
  readonly body: string;
}

export interface AwsAnswer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

/** A fault that a call gets instead of an answer. */
export type AwsFault = (response: ServerResponse) => void;

export interface AwsEndpointOptions {
  readonly service: string;
  readonly region: string;
  /** The credentials of accepted callers; other calls get SignatureDoesNotMatch. */
  readonly callers: readonly Credentials[];
  readonly answer: (call: AwsCall) => AwsAnswer | Promise<AwsAnswer>;
  readonly refuse: (status: number, code: string, message: string) => AwsAnswer;
}

export class AwsEndpoint implements AsyncDisposable {
  readonly calls: AwsCall[] = [];
  readonly #options: AwsEndpointOptions;
  readonly #server: Server;
  readonly #faults: AwsFault[] = [];
  #always: AwsFault | undefined;

  static async start(options: AwsEndpointOptions): Promise<AwsEndpoint> {
    const endpoint = new AwsEndpoint(options);
    endpoint.#server.listen(0, '127.0.0.1');
    await once(endpoint.#server, 'listening');
    return endpoint;
  }

  private constructor(options: AwsEndpointOptions) {
    this.#options = options;
    this.#server = createServer(async (request, response) => {
      const url = new URL(request.url ?? '/', `http://${request.headers.host}`);
      const body = await text(request);
      const { service, region, callers, answer, refuse } = options;
      const signed = { method: request.method ?? '', url, headers: request.headers, body };
      const caller = callers.find((one) => isSignedBy(one, { service, region }, signed));
      const call = {
        credentials: caller ?? { accessKeyId: '', secretAccessKey: '' },
        headers: request.headers,
        query: url.searchParams,
        body,
      };
      this.calls.push(call);
      const fault = this.#faults.shift() ?? this.#always;
      if (fault) return fault(response);
      const {
        status,
        type,
        body: answered,
      } = caller
        ? await answer(call)
        : refuse(403, 'SignatureDoesNotMatch', 'The request signature we calculated does not match');
      response.writeHead(status, { 'content-type': type }).end(answered);
    });
  }

  /** For AWS_ENDPOINT_URL_STS and similar variables. */
  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** The next calls get these faults, in order. */
  failNext(...faults: AwsFault[]): void {
    this.#faults.push(...faults);
  }

  /** All calls get this fault; undefined ends it. */
  failAlways(fault: AwsFault | undefined): void {
    this.#always = fault;
  }

  /** A refusal in the format of the service. */
  refusal(status: number, code: string, message = code): AwsFault {
    const { type, body } = this.#options.refuse(status, code, message);
    return (response) => response.writeHead(status, { 'content-type': type }).end(body);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close();
    this.#server.closeAllConnections();
    await once(this.#server, 'close');
  }
}

/** Never answered. */
export const silence: AwsFault = () => undefined;

export const reset: AwsFault = (response) => response.destroy();

/** The answer of a proxy in front of the service. */
export const gateway: AwsFault = (response) =>
  response.writeHead(502, { 'content-type': 'text/html' }).end('<html>Bad Gateway</html>');
