// The hosts of AWS as the internet sees them, on loopback: a proxy, and a server for what the emulator lacks.

import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { connect, type Server, type Socket } from 'node:net';
import { buffer } from 'node:stream/consumers';
import type { ServerCertificate } from '../../../testing/certificates.ts';
import { listen } from '../../../testing/ports.ts';
import { issuerDocuments } from '../../fakes/aws/web-identity-issuer.ts';
import { type Emulator, type Exchange, textsOf } from './emulator.ts';
import { createSts } from './sts.ts';

/** The issuer of the account's outbound federation, as the emulator reports it. */
export const stsIssuer = 'https://11111111-2222-3333-4444-555555555555.tokens.sts.global.api.aws';
/** The public address of the control plane, as additions/functions.py has it. */
export const clusterAddress = '203.0.113.10';
/** The host of an issuer on the user's own domain. */
export const ownDomain = 'oidc.example.com';

const stsHosts = (region: string) => ['sts.amazonaws.com', `sts.${region}.amazonaws.com`];

/** The names of the certificate for all hosts. */
export function hostsOf(region: string): readonly string[] {
  return [...stsHosts(region), new URL(stsIssuer).host, ownDomain, `*.lambda-url.${region}.on.aws`, '*.cloudfront.net'];
}

export interface Front {
  /** For HTTPS_PROXY: leads to the hosts of AWS and to no other. */
  readonly proxyUrl: string;
  /** The same for the API server, whose public address is then `clusterAddress`. */
  readonly clusterProxyUrl: string;
  /** For AWS_ENDPOINT_URL_STS of functions. */
  readonly stsUrl: string;
  /** Ports on loopback by host, for programs that do not use a proxy. */
  readonly ports: Readonly<Record<string, number>>;
  /** Gets a URL of the internet. */
  get(url: string): Promise<Exchange>;
  stop(): Promise<void>;
}

export async function startFront(emulator: Emulator, certificate: ServerCertificate): Promise<Front> {
  const { region, port: emulatorPort } = emulator;
  const issuerHost = new URL(stsIssuer).host;

  /**
   * The distribution to which the records of the own domain point, if it has the domain as an alternate name.
   * The emulator does not route by these names.
   */
  async function distributionOf(host: string): Promise<string> {
    if (host !== ownDomain) return host;
    const distributions = await emulator.rest('cloudfront', 'GET', '/2020-05-31/distribution');
    const summary = distributions.split('<DistributionSummary>').find((one) => one.includes(`<CNAME>${host}</CNAME>`));
    const name = textsOf(summary ?? '', 'DomainName').find((one) => one.endsWith('.cloudfront.net'));
    const targets = await aliasTargets(host);
    return name !== undefined && targets.every((target) => target === `${name}.`) ? name : host;
  }

  /** Clients use IPv4 or IPv6, so a host needs records of both types. */
  async function aliasTargets(host: string): Promise<readonly (string | undefined)[]> {
    const zones = textsOf(await emulator.rest('route53', 'GET', '/2013-04-01/hostedzone'), 'Id');
    const records = await Promise.all(zones.map((id) => emulator.rest('route53', 'GET', `/2013-04-01${id}/rrset`)));
    const sets = records.flatMap((xml) => xml.split('<ResourceRecordSet>'));
    return ['A', 'AAAA'].map((type) => {
      const set = sets.find((one) => one.includes(`<Name>${host}.</Name>`) && one.includes(`<Type>${type}</Type>`));
      return textsOf(set ?? '', 'DNSName')[0];
    });
  }

  async function exchange(
    method: string,
    url: URL,
    request: Partial<IncomingMessage>,
    body: Buffer,
  ): Promise<Exchange> {
    const { host, pathname, search } = url;
    const headers = request.headers ?? {};
    if (host === issuerHost) return json(await issuerDocuments(stsIssuer), pathname);
    if (stsHosts(region).includes(host)) return sts(method, `${pathname}${search}`, headers, body);
    const target = { ...headers, host: await distributionOf(host), 'x-forwarded-proto': 'https' };
    return emulator.forward(method, `${pathname}${search}`, target, body);
  }

  const get = (url: string) => exchange('GET', new URL(url), {}, Buffer.alloc(0));
  const sts = createSts({ emulator, issuer: stsIssuer, get });

  async function answer(request: IncomingMessage, response: ServerResponse, host: string): Promise<void> {
    const body = await buffer(request);
    const url = new URL(request.url ?? '/', `https://${host}`);
    const answered = await exchange(request.method ?? 'GET', url, request, body);
    response.writeHead(answered.status, withoutFraming(answered)).end(answered.body);
  }
  const onError = (response: ServerResponse) => (error: Error) => void response.writeHead(502).end(error.message);

  const { certPem: cert, keyPem: key } = certificate;
  const server = createHttpsServer({ cert, key }, (request, response) => {
    answer(request, response, request.headers.host ?? '').catch(onError(response));
  });
  const functionSts = createHttpServer((request, response) => {
    answer(request, response, `sts.${region}.amazonaws.com`).catch(onError(response));
  });
  const [serverPort, stsPort] = [await listen(server), await listen(functionSts)];
  const ports = Object.fromEntries([...stsHosts(region), issuerHost, ownDomain].map((host) => [host, serverPort]));

  const sockets = new Set<Socket>();
  /** @param localAddress from which it connects: additions/functions.py takes it for a public address. */
  const createProxy = (localAddress: string) => {
    const proxy = createHttpServer((_, response) => void response.writeHead(405).end());
    proxy.on('connect', (request, client: Socket, head: Buffer) => {
      const [host = '', port] = (request.url ?? '').split(':');
      // The emulator has the certificate too, and serves the hosts of functions and distributions itself.
      const emulated = host.endsWith(`.lambda-url.${region}.on.aws`) || host.endsWith('.cloudfront.net');
      const target = ports[host] ?? (emulated ? emulatorPort : undefined);
      if (target === undefined || port !== '443') return void client.end('HTTP/1.1 403 Forbidden\r\n\r\n');
      const upstream = connect({ port: target, host: '127.0.0.1', localAddress }, () => {
        client.write('HTTP/1.1 200 OK\r\n\r\n');
        upstream.write(head);
        client.pipe(upstream).pipe(client);
      });
      for (const socket of [client, upstream]) {
        sockets.add(socket);
        socket.on('close', () => {
          sockets.delete(socket);
          client.destroy();
          upstream.destroy();
        });
        socket.on('error', () => undefined);
      }
    });
    return proxy;
  };
  const [proxy, clusterProxy] = [createProxy('127.0.0.1'), createProxy('127.0.0.2')];
  const [proxyPort, clusterProxyPort] = [await listen(proxy), await listen(clusterProxy)];

  return {
    proxyUrl: `http://127.0.0.1:${proxyPort}`,
    clusterProxyUrl: `http://127.0.0.1:${clusterProxyPort}`,
    stsUrl: `http://127.0.0.1:${stsPort}`,
    ports,
    get,
    stop: async () => {
      for (const socket of sockets) socket.destroy();
      await Promise.all([server, functionSts, proxy, clusterProxy].map(close));
    },
  };
}

function close(server: Server & { closeAllConnections(): void }): Promise<unknown> {
  return new Promise((resolve) => {
    server.close(resolve);
    server.closeAllConnections();
  });
}

function json(documents: Readonly<Record<string, object>>, path: string): Exchange {
  const document = documents[path];
  const headers = { 'content-type': 'application/json' };
  return { status: document ? 200 : 404, headers, body: Buffer.from(JSON.stringify(document ?? {})) };
}

/** The body is sent as it was read, so these headers of the emulator do not apply to it. */
function withoutFraming({ headers }: Exchange) {
  const { connection: _, 'transfer-encoding': __, 'content-length': ___, ...others } = headers;
  return others;
}
