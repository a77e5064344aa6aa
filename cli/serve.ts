// `cwii serve`: the built function behind a Function URL of this machine, for clusters without AWS and for trying out.

import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { pathToFileURL } from 'node:url';
import { Command, InvalidArgumentError } from 'commander';
import { CwiiError } from '../lib/common/errors.ts';
import { packageFile } from '../lib/common/package-root.ts';
import { createFunctionUrl, type FunctionUrlHandler } from './function-url.ts';

interface ServeOptions {
  readonly port: number;
  readonly host: string;
  readonly tlsCert: string;
  readonly tlsKey: string;
}

export function serveCommand(): Command {
  return new Command('serve')
    .description(
      'Serve the built webhook over HTTPS, as a Lambda Function URL would: the same bundle, the same events.',
    )
    .requiredOption('--port <number>', 'port to listen on; 0 takes a free one (required)', parsePort)
    .option(
      '--host <address>',
      'address to listen on; 0.0.0.0 for all, so that an API server elsewhere reaches it',
      '127.0.0.1',
    )
    .requiredOption(
      '--tls-cert <file>',
      'certificate chain, PEM; its names must cover the host in the webhook configuration (required)',
    )
    .requiredOption('--tls-key <file>', 'private key of the certificate, PEM (required)')
    .addHelpText('after', HELP)
    .action(serve);
}

const HELP = `
The function is configured by CWII_ variables (docs/configuration.md). At least one says who may call:
  CWII_CALLER_TOKEN_SHA256   the SHA-256 of the token in the API server's webhook kubeconfig
  CWII_ALLOW_ANONYMOUS=true  everybody, for trying out on one machine
and these let it read ServiceAccounts, namespaces and owning workloads:
  CWII_KUBE_API_URL, CWII_KUBE_CA, CWII_KUBE_CREDENTIAL=file:PATH

The webhook is at /mutate, a health check at /healthz. One JSON line a request goes to standard output.

Example:
  CWII_ALLOW_ANONYMOUS=true cwii serve --port 8443 --tls-cert tls.crt --tls-key tls.key
`;

async function serve({ port, host, tlsCert, tlsKey }: ServeOptions): Promise<void> {
  const [cert, key] = await Promise.all([readPem(tlsCert, '--tls-cert'), readPem(tlsKey, '--tls-key')]);
  const server = createFunctionUrl(await loadHandler(), { cert, key });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const why =
        error.code === 'EADDRINUSE'
          ? 'the port is taken'
          : error.code === 'EACCES'
            ? 'not allowed; ports below 1024 need privileges'
            : error.message;
      reject(new CwiiError('listen-failed', `cannot listen on ${host}:${port}: ${why}`, { cause: error }));
    });
    server.listen(port, host, resolve);
  });
  const address = server.address() as AddressInfo;
  const shown = address.family === 'IPv6' ? `[${address.address}]` : address.address;
  process.stderr.write(`cwii: the webhook is at https://${shown}:${address.port}/mutate\n`);
  const stop = () => {
    server.close();
    server.closeIdleConnections();
  };
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
}

/** @throws {CwiiError} `bundle-missing`, or what the function itself says about its configuration. */
async function loadHandler(): Promise<FunctionUrlHandler> {
  const bundle = packageFile('dist', 'webhook', 'index.mjs');
  if (!existsSync(bundle))
    throw new CwiiError('bundle-missing', 'the function is not built; run `npm run build` first');
  try {
    const { handler } = (await import(pathToFileURL(bundle).href)) as { handler: FunctionUrlHandler };
    return handler;
  } catch (error) {
    // The bundle has classes of its own, so its errors are known by their code.
    if (error instanceof Error && (error as { code?: string }).code === 'config-invalid')
      throw new CwiiError('config-invalid', error.message, { cause: error });
    throw error;
  }
}

async function readPem(file: string, option: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new CwiiError(
      'file-unreadable',
      `${option} ${file} cannot be read (${(error as NodeJS.ErrnoException).code})`,
      { cause: error },
    );
  }
}

function parsePort(text: string): number {
  const port = Number(text);
  if (!/^\d+$/.test(text) || port > 65535) throw new InvalidArgumentError('a number from 0 to 65535 is expected.');
  return port;
}
