// Receives bodies of requests, with a limit for each body and one for all bodies that are in memory.

import type { IncomingMessage } from 'node:http';
import { BodyBuffer } from '../../lib/common/body-buffer.ts';
import type { ReceivedBody } from '../../lib/common/server-request.ts';

/** Lambda's limit for a request. */
const MAX_BODY_BYTES = 6 * 1024 * 1024;

/** Ten of the largest objects that an API server accepts (3 MiB). Parsed, they take several times as much. */
const MAX_TOTAL_BYTES = 32 * 1024 * 1024;

/** The place of one body in memory. */
export interface BodyPlace {
  /** Call it once. A body that does not fit into memory waits until others were released. */
  readonly read: () => Promise<ReceivedBody>;
  /** Call it when the request was answered. */
  readonly release: () => void;
}

interface Waiting {
  readonly bytes: number;
  readonly start: () => void;
}

export class Bodies {
  readonly #maxTotalBytes: number;
  readonly #waiting = new Set<Waiting>();
  #total = 0;

  constructor(maxTotalBytes = MAX_TOTAL_BYTES) {
    this.#maxTotalBytes = maxTotalBytes;
  }

  /** Bytes of the bodies in memory. */
  get bytes(): number {
    return this.#total;
  }

  /** Requests whose bodies wait for memory. */
  get waiting(): number {
    return this.#waiting.size;
  }

  placeFor(request: IncomingMessage, beforeReading?: () => void): BodyPlace {
    // A body without a length may have any size. All of it is reserved before the first byte is read: bodies
    // that are read in part could otherwise wait for each other.
    const declared = Number(request.headers['content-length'] ?? MAX_BODY_BYTES);
    let reserved = 0;
    const take = () => {
      this.#total += declared;
      reserved = declared;
    };
    return {
      read: async () => {
        if (declared > MAX_BODY_BYTES) return { refused: 'body-too-large' };
        if (this.#total + declared <= this.#maxTotalBytes) take();
        else if (!(await this.#turn(declared, take, request))) return { refused: 'body-incomplete' };
        beforeReading?.();
        return receive(request);
      },
      release: () => {
        this.#total -= reserved;
        if (reserved > 0) this.#startWaiting();
        reserved = 0;
      },
    };
  }

  /** Resolves to false if the connection closes first. */
  #turn(bytes: number, take: () => void, request: IncomingMessage): Promise<boolean> {
    return new Promise((resolve) => {
      const entry: Waiting = {
        bytes,
        start: () => {
          take();
          request.off('close', leave);
          resolve(true);
        },
      };
      const leave = () => {
        this.#waiting.delete(entry);
        resolve(false);
      };
      this.#waiting.add(entry);
      request.once('close', leave);
    });
  }

  /** In their order, but a small body does not wait behind a large one that does not fit yet. */
  #startWaiting(): void {
    for (const entry of this.#waiting) {
      if (this.#total + entry.bytes > this.#maxTotalBytes) continue;
      this.#waiting.delete(entry);
      entry.start();
    }
  }
}

/** Uses events, because asynchronous iteration of a stream takes longer than an admission. */
function receive(request: IncomingMessage): Promise<ReceivedBody> {
  return new Promise((resolve) => {
    const body = new BodyBuffer(MAX_BODY_BYTES);
    request.on('data', (chunk: Buffer) => {
      if (body.append(chunk)) return;
      request.pause();
      resolve({ refused: 'body-too-large' });
    });
    request.once('end', () => resolve(body.text()));
    // Without an end before it, the client or a timeout closed the connection.
    request.once('close', () => resolve({ refused: 'body-incomplete' }));
  });
}
