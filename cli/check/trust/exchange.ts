// HTTPS requests to the clouds: how many at once, failures of the network, and clocks.

import { failed, type Outcome, Skipped, skipped } from '../check.ts';
import type { CheckContext, Fact } from '../context.ts';
import type { WebAnswer, WebClient, WebRequest } from '../web-client.ts';
import type { IssuedToken } from './tokens.ts';

/** Many ServiceAccounts are checked side by side, but a cloud limits the rate of one caller. */
const MOST_AT_ONCE = 8;
/** Clouds accept a minute or more. */
const ACCEPTED_SKEW_MS = 60_000;

/** The answer of a cloud, or the outcome if there is none. */
export type Exchanged =
  | { readonly answer: WebAnswer; readonly outcome?: undefined }
  | { readonly answer?: undefined; readonly outcome: Outcome };

/** Sends requests, a few at a time. A host that does not answer is reported once. */
export class Exchanges {
  readonly #web: WebClient;
  readonly #failed = new Set<string>();
  #running = 0;
  readonly #waiting: (() => void)[] = [];

  constructor(web: WebClient) {
    this.#web = web;
  }

  async send(url: URL, request: WebRequest, subject: string): Promise<Exchanged> {
    await this.#acquire();
    try {
      if (this.#failed.has(url.host)) return { outcome: skipped(`${url.host} did not answer before`, subject) };
      // The others took all the time.
      if (request.signal?.aborted)
        return { outcome: skipped('the time limit of the check was reached; raise --timeout', subject) };
      try {
        return { answer: await this.#web.send(url, request) };
      } catch (error) {
        if (error instanceof Skipped) throw error;
        if (this.#failed.has(url.host)) return { outcome: skipped(`${url.host} did not answer before`, subject) };
        this.#failed.add(url.host);
        return { outcome: unanswered(url.host, error as NodeJS.ErrnoException, subject) };
      }
    } finally {
      this.#release();
    }
  }

  async #acquire(): Promise<void> {
    if (this.#running >= MOST_AT_ONCE) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    else this.#running += 1;
  }

  #release(): void {
    const next = this.#waiting.shift();
    if (next) next();
    else this.#running -= 1;
  }
}

export const exchanges: Fact<Exchanges> = async ({ web }: CheckContext) => new Exchanges(web);

const networkErrors: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'connection reset',
  ENOTFOUND: 'no such host',
  EAI_AGAIN: 'the name server does not answer',
  EHOSTUNREACH: 'no route to the host',
  ENETUNREACH: 'no route to the network',
  ETIMEDOUT: 'connection timed out',
};

function unanswered(host: string, { name, code = '', message }: NodeJS.ErrnoException, subject: string) {
  const isLate = name === 'AbortError';
  const why = isLate ? 'no answer within the time limit of the check' : (networkErrors[code] ?? message);
  const cause = `${host} cannot be reached from here: ${why}`;
  return failed(cause, `open the way to ${host}:443, also for the pods, or run the check elsewhere`, subject);
}

/** The words of a cloud as one line, without anything that could be a token. */
export function quote(text: string): string {
  const line = text
    .replaceAll(/eyJ[\w-]+(\.[\w-]*)*/g, '…')
    .replaceAll(/\s+/g, ' ')
    .trim();
  return line.length > 400 ? `${line.slice(0, 400)}…` : line;
}

/** The cause, which can be several sentences, and the words of the cloud. */
export function joined(cause: string, answer: string): string {
  return `${cause.replace(/\.$/, '')}. ${answer}`;
}

/** The answer of a server that did not decide: it is overloaded, limits the rate, or is not the cloud. */
export function undecided({ status }: WebAnswer, host: string, subject: string): Outcome {
  return failed(
    `${host} answers with status ${status} and no reason that is known`,
    'try again later; if it lasts, look for a proxy between here and the cloud',
    subject,
  );
}

/** How much the clock of the API server differs from the cloud's. Undefined if it hardly does. */
export function clockDifference(token: IssuedToken, { headers, receivedAt }: WebAnswer): string | undefined {
  const cloudAt = Date.parse(headers.date ?? '');
  if (Number.isNaN(cloudAt)) return undefined;
  const apiServerAt = token.issuedAt + (receivedAt - token.receivedAt);
  const ahead = apiServerAt - cloudAt;
  if (Math.abs(ahead) <= ACCEPTED_SKEW_MS) return undefined;
  return `the clock of the API server is ${Math.round(Math.abs(ahead) / 1000)} s ${ahead > 0 ? 'ahead of' : 'behind'} the cloud's`;
}

export const CLOCK_REMEDY = 'synchronise the clocks of the control plane nodes with NTP';
