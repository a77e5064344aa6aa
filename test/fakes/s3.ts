// A fake of Amazon S3 on loopback: objects with conditional writes, and faults on demand.
//
// test/cluster/local-s3.test.ts runs the same cases on moto's S3, which shows that this fake is faithful.

import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

interface Kept {
  readonly body: Buffer;
  readonly headers: Readonly<Record<string, string>>;
}

export type S3Fault = (answer: ServerResponse, request: IncomingMessage) => void;

/** An error in the format of S3. */
export function s3Error(status: number, code: string): S3Fault {
  return (answer) => {
    const xml = `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>As ordered.</Message></Error>`;
    answer.writeHead(status, { 'content-type': 'application/xml' }).end(xml);
  };
}

export const s3HangUp: S3Fault = (_, request) => request.socket.destroy();

export class FakeS3 implements AsyncDisposable {
  /** Method and key of each request. */
  readonly requests: string[] = [];
  readonly #bucket: string;
  readonly #server: Server;
  readonly #objects = new Map<string, Kept>();
  #faults: S3Fault[] = [];
  #alwaysFault: S3Fault | undefined;

  static async start(bucket: string): Promise<FakeS3> {
    const s3 = new FakeS3(bucket);
    s3.#server.listen(0, '127.0.0.1');
    await once(s3.#server, 'listening');
    return s3;
  }

  private constructor(bucket: string) {
    this.#bucket = bucket;
    this.#server = createServer(async (request, answer) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk);
      this.#answer(request, answer, Buffer.concat(chunks));
    });
  }

  get endpoint(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** The next requests get these faults, in order. */
  failNext(...faults: S3Fault[]): this {
    this.#faults.push(...faults);
    return this;
  }

  failAlways(fault: S3Fault): this {
    this.#alwaysFault = fault;
    return this;
  }

  /** Executes the request, but loses its answer. */
  readonly loseAnswer: S3Fault = (_, request) => {
    request.socket.destroy();
  };

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }

  #answer(request: IncomingMessage, answer: ServerResponse, body: Buffer): void {
    const [, bucket, ...path] = new URL(request.url ?? '', 'http://s3').pathname.split('/');
    const key = path.join('/');
    this.requests.push(`${request.method} ${key}`);
    const fault = this.#faults.shift() ?? this.#alwaysFault;
    if (fault === this.loseAnswer) this.#put(request, key, body);
    const refusal = fault ?? this.#refusalOf(request, bucket, key);
    if (refusal) refusal(answer, request);
    else if (request.method === 'PUT') answer.writeHead(200, { etag: this.#put(request, key, body) }).end();
    else answer.writeHead(200, this.#objects.get(key)?.headers).end(this.#objects.get(key)?.body);
  }

  #refusalOf({ method, headers }: IncomingMessage, bucket: string | undefined, key: string): S3Fault | undefined {
    if (bucket !== this.#bucket) return s3Error(404, 'NoSuchBucket');
    const kept = this.#objects.get(key);
    const { 'if-match': match, 'if-none-match': noneMatch } = headers;
    if (!kept && (method === 'GET' || match !== undefined)) return s3Error(404, 'NoSuchKey');
    const isOther = match !== undefined && kept?.headers['etag'] !== match;
    return isOther || (noneMatch === '*' && kept) ? s3Error(412, 'PreconditionFailed') : undefined;
  }

  #put({ headers }: IncomingMessage, key: string, body: Buffer): string {
    const etag = `"${createHash('md5').update(body).digest('hex')}"`;
    const { 'content-type': type = '', 'cache-control': cache = '' } = headers;
    this.#objects.set(key, { body, headers: { etag, 'content-type': type, 'cache-control': cache } });
    return etag;
  }
}
