// Preloaded into the process of the SDKs: redirects connections to the clouds to their fakes on loopback.
//
// The ports are in the query of this module's URL, because the environment is that of the container.

import { type NetConnectOpts, Socket } from 'node:net';

const ports = new URLSearchParams(new URL(import.meta.url).search);

/**
 * SDKs look here for the metadata of a cloud's machine, which a self-hosted cluster does not have: AWS, Azure
 * and Google, Alibaba Cloud, Tencent Cloud.
 */
const METADATA_SERVERS = ['169.254.169.254', '100.100.100.200', 'metadata.tencentyun.com'];

/** A port without a listener, which refuses the connection. */
const REFUSED = 1;

const unexpected = new Set<string>();
const connect = Socket.prototype.connect as (...args: unknown[]) => Socket;

// All connections of Node.js are made here: those of node:net, node:tls, node:https and fetch. TLS still
// checks the name of the cloud's host against the certificate.
Socket.prototype.connect = function (this: Socket, ...args: unknown[]): Socket {
  // Node.js passes an array of options and callback, of which only the options may change.
  const inner = Array.isArray(args[0]) ? args[0] : args;
  const options = (typeof inner[0] === 'object' ? inner[0] : {}) as NetConnectOpts;
  const host = 'host' in options && options.host ? options.host : 'an unnamed host';
  const port = 'port' in options ? options.port : undefined;
  const standIn = port === 443 ? ports.get(host) : null;
  if (standIn === null && !METADATA_SERVERS.includes(host)) unexpected.add(`${host}:${port}`);
  inner[0] = { ...options, host: '127.0.0.1', port: Number(standIn ?? REFUSED) };
  return connect.apply(this, args);
} as typeof connect;

process.on('exit', () => {
  if (unexpected.size === 0) return;
  process.stderr.write(`no fake for ${[...unexpected].join(', ')}\n`);
  process.exitCode = 1;
});
