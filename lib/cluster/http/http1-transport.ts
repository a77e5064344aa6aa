// Sends requests over a small pool of HTTP/1.1 connections, for proxies that do not support HTTP/2.

import type { Agent } from 'node:https';
import type { Endpoint } from '../../settings/cluster-credential.ts';
import {
  type Answer,
  encode,
  hostOf,
  IncompleteAnswerError,
  type Request,
  readBody,
  type Transport,
} from './transport.ts';

export class Http1Transport implements Transport {
  readonly usable = true;
  readonly #endpoint: Endpoint;
  readonly #https: typeof import('node:https');
  readonly #agent: Agent;

  /**
   * @param https loaded by the caller, because most clusters do not need it.
   * @param idleMs how long a connection may stay idle, in milliseconds.
   */
  constructor(endpoint: Endpoint, https: typeof import('node:https'), idleMs: number) {
    this.#endpoint = endpoint;
    this.#https = https;
    this.#agent = new https.Agent({ keepAlive: true, maxSockets: 8, timeout: idleMs });
  }

  send(request: Request, signal: AbortSignal): Promise<Answer> {
    const { url, ca } = this.#endpoint;
    const { payload, ...encoded } = encode(request);
    return new Promise((resolve, reject) => {
      const sent = this.#https.request({
        ...encoded,
        host: hostOf(url),
        port: Number(url.port || 443),
        path: request.path,
        agent: this.#agent,
        signal,
        rejectUnauthorized: true,
        ...(ca !== undefined && { ca }),
      });
      sent.once('error', reject);
      // Node.js closes without an answer or an error if the server switches protocols (101).
      const unanswered = () => reject(new IncompleteAnswerError());
      sent.once('close', unanswered);
      sent.once('response', (response) => {
        sent.off('close', unanswered);
        readBody(response).then(
          (body) => resolve({ status: response.statusCode ?? 0, headers: response.headers, body }),
          reject,
        );
      });
      sent.end(payload);
    });
  }

  end(): void {
    this.#agent.destroy();
  }
}
