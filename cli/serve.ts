// `cwii serve`: runs the built function behind a local Function URL.

import { existsSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { pathToFileURL } from 'node:url';
import { Command, InvalidArgumentError } from 'commander';
import { CwiiError } from '../lib/common/errors.ts';
import { packageFile } from '../lib/common/package-root.ts';
import { readTextFile } from '../lib/common/text-file.ts';
import { createFunctionUrl, type FunctionUrlHandler } from './function-url.ts';
import { note } from './report.ts';

interface ServeOptions {
  readonly port: number;
  readonly host: string;
  readonly tlsCert: string;
  readonly tlsKey: string;
}

export function serveCommand(): Command {
  return new Command('serve')
    .description(
      'Serve the built webhook over HTTPS like a Lambda Function URL, with the same bundle and the same events.',
    )
    .requiredOption('--port <number>', 'the port to listen on; 0 chooses a free one (required)', parsePort)
    .option(
      '--host <address>',
      'the address to listen on; with 0.0.0.0 an API server on another machine can connect',
      '127.0.0.1',
    )
    .requiredOption(
      '--tls-cert <file>',
      'the certificate chain in PEM; it must include the host in the webhook configuration (required)',
    )
    .requiredOption('--tls-key <file>', 'the private key of the certificate in PEM (required)')
    .addHelpText('after', HELP)
    .action(serve);
}

const HELP = `
CWII_ variables configure the function (docs/configuration.md). One of these is required, to authenticate callers:
  CWII_CALLER_TOKEN_SHA256   the SHA-256 of the token in the API server's webhook kubeconfig
  CWII_ALLOW_ANONYMOUS=true  accepts every caller, for experiments on one machine
With these the function reads ServiceAccounts, namespaces and owning workloads:
  CWII_KUBE_API_URL, CWII_KUBE_CA, CWII_KUBE_CREDENTIAL=file:PATH

The webhook is at /mutate, a health check at /healthz. Each request is logged to standard output as one line of JSON.

Example:
  CWII_ALLOW_ANONYMOUS=true cwii serve --port 8443 --tls-cert tls.crt --tls-key tls.key
`;

async function serve({ port, host, tlsCert, tlsKey }: ServeOptions): Promise<void> {
  const cert = readTextFile(tlsCert, 'file-unreadable', { label: `--tls-cert ${tlsCert}` });
  const key = readTextFile(tlsKey, 'file-unreadable', { label: `--tls-key ${tlsKey}` });
  const server = createFunctionUrl(await loadHandler(), { cert, key });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const reason =
        error.code === 'EADDRINUSE'
          ? 'the port is already in use; choose another --port'
          : error.code === 'EACCES'
            ? 'permission denied; ports below 1024 need privileges, so choose another --port'
            : error.message;
      reject(new CwiiError('listen-failed', `cannot listen on ${host}:${port}: ${reason}`, { cause: error }));
    });
    server.listen(port, host, resolve);
  });
  const address = server.address() as AddressInfo;
  const urlHost = address.family === 'IPv6' ? `[${address.address}]` : address.address;
  note(`the webhook is at https://${urlHost}:${address.port}/mutate`);
  const stop = () => {
    server.close();
    server.closeIdleConnections();
  };
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
}

/** @throws {CwiiError} `bundle-missing`, or `config-invalid` with the function's own message. */
async function loadHandler(): Promise<FunctionUrlHandler> {
  const bundle = packageFile('dist', 'webhook', 'index.mjs');
  if (!existsSync(bundle))
    throw new CwiiError(
      'bundle-missing',
      'the function is not built; run `npm run build`, or reinstall the package cwii',
    );
  try {
    const { handler } = (await import(pathToFileURL(bundle).href)) as { handler: FunctionUrlHandler };
    return handler;
  } catch (error) {
    // The bundle has its own copies of the error classes, so instanceof does not work.
    if (error instanceof Error && (error as { code?: string }).code === 'config-invalid')
      throw new CwiiError('config-invalid', error.message, { cause: error });
    throw error;
  }
}

function parsePort(text: string): number {
  const port = Number(text);
  if (!/^\d+$/.test(text) || port > 65535) throw new InvalidArgumentError('Expected a number from 0 to 65535.');
  return port;
}
