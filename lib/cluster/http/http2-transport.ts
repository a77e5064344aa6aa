// Sends parallel requests over one HTTP/2 connection.

import type { ClientHttp2Session, IncomingHttpHeaders, IncomingHttpStatusHeader } from 'node:http2';
import type { TLSSocket } from 'node:tls';
import { type Answer, encode, IncompleteAnswerError, type Request, readBody, type Transport } from './transport.ts';

/** NO_ERROR of RFC 9113, section 7. */
const NO_ERROR = 0;

export class Http2Transport implements Transport {
  readonly #session: ClientHttp2Session;

  /** @param http2 loaded by the caller during the TLS handshake. */
  constructor(url: URL, socket: TLSSocket, http2: typeof import('node:http2')) {
    this.#session = http2.connect(url.origin, { createConnection: () => socket });
    // Open streams get the error themselves; an idle session only becomes unusable.
    this.#session.on('error', () => undefined);
    // An idle connection must not keep the process alive; the deadline's timer does so for a request in
    // flight.
    this.#session.unref();
  }

  get usable(): boolean {
    return !this.#session.closed && !this.#session.destroyed;
  }

  async send(request: Request, signal: AbortSignal): Promise<Answer> {
    const { method, headers, payload } = encode(request);
    const stream = this.#session.request(
      { ':method': method, ':path': request.path, ...headers },
      { endStream: payload === undefined, signal },
    );
    if (payload !== undefined) stream.end(payload);
    let answered: IncomingHttpHeaders & IncomingHttpStatusHeader = {};
    stream.once('response', (received) => {
      answered = received;
    });
    const body = await readBody(stream);
    const status = answered[':status'];
    // Node.js ends a stream whose connection is lost as if it were complete; only the reset code shows the
    // loss.
    if (status === undefined || stream.rstCode !== NO_ERROR) throw new IncompleteAnswerError();
    return { status, headers: answered, body };
  }

  end(): void {
    this.#session.destroy();
  }
}
