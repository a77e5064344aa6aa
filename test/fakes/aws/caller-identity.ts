// A fake of AWS STS for presigned GetCallerIdentity requests, behind a proxy under its real host name.

import { once } from 'node:events';
import { createServer as createProxy, type Server } from 'node:http';
import { createServer } from 'node:https';
import { type AddressInfo, connect, type Socket } from 'node:net';
import type { ServerCertificate } from '../../../testing/certificates.ts';
import { type Credentials, isSignedBy } from './signature.ts';

export interface AssumedRole {
  readonly credentials: Credentials;
  readonly account: string;
  readonly role: string;
}

export class CallerIdentity implements AsyncDisposable {
  /** The status of each answer. */
  readonly answered: number[] = [];
  readonly #server: Server;
  readonly #proxy: Server;
  readonly #sockets = new Set<Socket>();

  /** @param certificate for `sts.<region>.amazonaws.com`. */
  static async start(
    region: string,
    certificate: ServerCertificate,
    roles: readonly AssumedRole[],
  ): Promise<CallerIdentity> {
    const identity = new CallerIdentity(region, certificate, roles);
    for (const server of [identity.#server, identity.#proxy]) {
      server.listen(0, '127.0.0.1');
      await once(server, 'listening');
    }
    return identity;
  }

  private constructor(region: string, { certPem, keyPem }: ServerCertificate, roles: readonly AssumedRole[]) {
    this.#server = createServer({ cert: certPem, key: keyPem }, (request, response) => {
      const url = new URL(request.url ?? '/', `https://${request.headers.host}`);
      const signed = { method: request.method ?? '', url, headers: request.headers, body: '' };
      const role = roles.find(({ credentials }) => isSignedBy(credentials, { region, service: 'sts' }, signed));
      const asked =
        url.searchParams.get('Action') === 'GetCallerIdentity' && url.host === `sts.${region}.amazonaws.com`;
      const status = role && asked ? 200 : 403;
      this.answered.push(status);
      response
        .writeHead(status, { 'content-type': 'application/json' })
        .end(JSON.stringify(role ? described(role) : refusal));
    });
    this.#proxy = createProxy().on('connect', (_, client: Socket) => {
      const upstream = connect((this.#server.address() as AddressInfo).port, '127.0.0.1');
      for (const socket of [client, upstream]) {
        this.#sockets.add(socket);
        socket.on('error', () => undefined);
      }
      client.write('HTTP/1.1 200 Connection established\r\n\r\n');
      client.pipe(upstream).pipe(client);
    });
  }

  /** For HTTPS_PROXY: it connects to this server for any host. */
  get proxy(): string {
    return `http://127.0.0.1:${(this.#proxy.address() as AddressInfo).port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    for (const server of [this.#proxy, this.#server]) {
      server.close();
      await once(server, 'close');
    }
  }
}

const refusal = { Error: { Code: 'SignatureDoesNotMatch', Type: 'Sender' } };

function described({ account, role }: AssumedRole): object {
  const Arn = `arn:aws:sts::${account}:assumed-role/${role}/${role}`;
  const result = { Account: account, Arn, UserId: `AROAEXAMPLE:${role}` };
  return { GetCallerIdentityResponse: { GetCallerIdentityResult: result, ResponseMetadata: { RequestId: '1' } } };
}
