// Preloaded into the functions: resolves the API server's name to loopback.
//
// cwii does not accept a loopback address for the API server, because a function could not reach it.

import dns from 'node:dns';

const host = new URL(import.meta.url).searchParams.get('host');
const { lookup } = dns;

dns.lookup = ((name: string, ...more: [object, () => void]) =>
  lookup(name === host ? '127.0.0.1' : name, ...more)) as typeof lookup;
