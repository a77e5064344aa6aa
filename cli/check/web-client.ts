// HTTPS requests to the webhook, the issuer and the clouds: no redirects, and what the connection showed.

import type { IncomingHttpHeaders } from 'node:http';
import { Agent, request as httpsRequest, type RequestOptions } from 'node:https';
import { isIP } from 'node:net';
import { rootCertificates, type TLSSocket } from 'node:tls';
import { Skipped } from './check.ts';
import { seconds, type TimeLimits } from './time-limits.ts';

export interface WebRequest {
  readonly method?: 'GET' | 'POST';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** The only CA certificates that count, in PEM. @default the roots of Node.js */
  readonly ca?: string | undefined;
  /** Trust only the public roots, as a cloud does, without those of the system and of NODE_EXTRA_CA_CERTS. */
  readonly publicRootsOnly?: boolean;
  /** Accept every certificate. Only for requests without a secret; the answer tells what is wrong with it. */
  readonly anyCertificate?: boolean;
  /** The usual limit of the check, in milliseconds, if it is not that of most checks. */
  readonly checkMs?: number;
  readonly signal?: AbortSignal | undefined;
}

export interface WebAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  /** The clock of this machine, in milliseconds. */
  readonly sentAt: number;
  readonly receivedAt: number;
  readonly certificate: ServerCertificate | undefined;
}

export interface ServerCertificate {
  /** Milliseconds. */
  readonly validTo: number;
  /** SHA-256, in hex with colons. */
  readonly fingerprint: string;
  readonly subjectAltName: string;
  readonly issuer: string;
  /** The error of OpenSSL or Node.js, such as `CERT_HAS_EXPIRED`, if the certificate would be refused. */
  readonly problem: string | undefined;
}

/** Replaces hosts for tests, such as `sts.amazonaws.com` to `127.0.0.1:8443`. */
export type HostMap = ReadonlyMap<string, { readonly host: string; readonly port: number }>;

export interface WebClientOptions {
  /** False with --no-network. */
  readonly enabled: boolean;
  readonly hosts: HostMap;
  /** In place of the public roots, in PEM, for the certificates of the replacements. */
  readonly ca?: string | undefined;
  readonly limits: TimeLimits;
}

/** The host did not answer within the time limit. */
export class NoAnswer extends Error {
  override name = 'NoAnswer';
  readonly host: string;

  constructor(host: string, limitMs: number) {
    super(`no answer within ${seconds(limitMs)}`);
    this.host = host;
  }
}

/** Enough for every document and every answer of a cloud. */
const LARGEST_ANSWER = 4 * 1024 * 1024;

export class WebClient {
  readonly #options: WebClientOptions;

  constructor(options: WebClientOptions) {
    this.#options = options;
  }

  /** False with --no-network, also for programs that call other hosts. */
  get isEnabled(): boolean {
    return this.#options.enabled;
  }

  /** @throws {Skipped} with --no-network, {NoAnswer}; other errors are those of Node.js. */
  async send(url: URL, request: WebRequest = {}): Promise<WebAnswer> {
    const { enabled, limits } = this.#options;
    if (!enabled) throw new Skipped('--no-network');
    const limitMs = limits.ofRequest(request.checkMs);
    const limit = new AbortController();
    const timer = setTimeout(() => limit.abort(), limitMs);
    const signal = request.signal ? AbortSignal.any([request.signal, limit.signal]) : limit.signal;
    try {
      return await this.#exchange(url, request, signal);
    } catch (error) {
      throw limit.signal.aborted ? new NoAnswer(url.host, limitMs) : error;
    } finally {
      clearTimeout(timer);
    }
  }

  #exchange(url: URL, request: WebRequest, signal: AbortSignal): Promise<WebAnswer> {
    const { hosts } = this.#options;
    const { method = 'GET', headers, body, ca, publicRootsOnly = false, anyCertificate = false } = request;
    const replacement = hosts.get(url.host);
    const publicRoots = publicRootsOnly ? rootCertificates.join('\n') : undefined;
    const roots = ca ?? (replacement ? this.#options.ca : publicRoots);
    const options: RequestOptions = {
      method,
      headers: { ...headers, host: url.host },
      path: url.pathname + url.search,
      host: replacement?.host ?? url.hostname,
      port: replacement?.port ?? (url.port || 443),
      // RFC 6066, section 3: not for addresses.
      servername: isIP(url.hostname.replace(/^\[|\]$/g, '')) === 0 ? url.hostname : '',
      // Platform teams reach the internet through the proxy that their environment names.
      agent: new Agent({ keepAlive: false, ...(!replacement && { proxyEnv: process.env }) }),
      ...(roots !== undefined && { ca: roots }),
      rejectUnauthorized: !anyCertificate,
      signal,
    };
    const sentAt = Date.now();
    return new Promise((resolve, reject) => {
      const call = httpsRequest(options, (response) => {
        const certificate = certificateOf(response.socket as TLSSocket);
        const chunks: Buffer[] = [];
        let length = 0;
        response.on('data', (chunk: Buffer) => {
          length += chunk.length;
          if (length > LARGEST_ANSWER) call.destroy(new Error('the answer is larger than 4 MiB'));
          chunks.push(chunk);
        });
        response.on('error', reject);
        response.on('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            text: Buffer.concat(chunks).toString('utf8'),
            sentAt,
            receivedAt: Date.now(),
            certificate,
          }),
        );
      });
      call.on('error', reject);
      call.end(body);
    });
  }
}

function certificateOf(socket: TLSSocket): ServerCertificate | undefined {
  const certificate = socket.getPeerX509Certificate?.();
  if (!certificate) return undefined;
  return {
    validTo: Date.parse(certificate.validTo),
    fingerprint: certificate.fingerprint256,
    subjectAltName: certificate.subjectAltName ?? '',
    issuer: certificate.issuer,
    problem: problemOf(socket),
  };
}

/** The types say Error, but Node.js sets the code of the error. */
function problemOf({ authorized, authorizationError }: TLSSocket): string | undefined {
  return authorized ? undefined : String(authorizationError);
}
