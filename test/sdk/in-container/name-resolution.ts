// Preloaded into the process that runs the SDKs: takes connections to the clouds' hosts to their stand-ins on loopback.
// Which host is at which port stands in the query of this module's URL, because the environment is the container's.

import { type NetConnectOpts, Socket } from 'node:net';

const ports = new URLSearchParams(new URL(import.meta.url).search);

/** Where SDKs look for a machine that a cloud runs; a self-hosted cluster has nothing there, and that is no failure. */
const METADATA_SERVER = '169.254.169.254';

/** Nobody listens there: the connection is refused. */
const REFUSED = 1;

const strays = new Set<string>();
const connect = Socket.prototype.connect as (...args: unknown[]) => Socket;

// Every connection of Node.js is made here, be it of node:net, node:tls, node:https or fetch. The name stays the
// cloud's for TLS, which checks it against the certificate.
Socket.prototype.connect = function (this: Socket, ...args: unknown[]): Socket {
  // Node.js itself passes an array of options and callback on, in which nothing but the options may change.
  const inner = Array.isArray(args[0]) ? args[0] : args;
  const options = (typeof inner[0] === 'object' ? inner[0] : {}) as NetConnectOpts;
  const host = 'host' in options && options.host ? options.host : 'an unnamed host';
  const port = 'port' in options ? options.port : undefined;
  const standIn = port === 443 ? ports.get(host) : null;
  if (standIn === null && host !== METADATA_SERVER) strays.add(`${host}:${port}`);
  inner[0] = { ...options, host: '127.0.0.1', port: Number(standIn ?? REFUSED) };
  return connect.apply(this, args);
} as typeof connect;

process.on('exit', () => {
  if (strays.size === 0) return;
  process.stderr.write(`no stand-in for ${[...strays].join(', ')}\n`);
  process.exitCode = 1;
});
