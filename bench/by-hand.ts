// Minimal reads of the cluster, with which cwii is compared.

import http2 from 'node:http2';
import { Agent, get } from 'node:https';
import type { Access } from './cluster.ts';

const ACCEPT = 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1';

/** One GET, on the connection of `agent` or on a new one. */
export function getOnce({ url, ca, token }: Access, path: string, agent?: Agent): Promise<void> {
  return new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${token}`, accept: ACCEPT };
    get(`${url}${path}`, { ca, agent: agent ?? false, headers }, (response) => {
      response.resume().once('end', resolve).once('error', reject);
    }).once('error', reject);
  });
}

export function keptConnection({ ca }: Access): Agent {
  return new Agent({ keepAlive: true, ca, maxSockets: 1 });
}

/** One GET on a new connection, over HTTP/2 like the function. */
export function getOverNewConnection({ url, ca, token }: Access, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const session = http2.connect(url, { ca });
    session.once('error', reject);
    const stream = session.request({ ':path': path, authorization: `Bearer ${token}`, accept: ACCEPT });
    stream.resume().once('error', reject);
    stream.once('end', () => {
      session.destroy();
      resolve();
    });
  });
}
