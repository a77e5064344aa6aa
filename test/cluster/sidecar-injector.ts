// Another webhook of the cluster, such as that of a service mesh, which adds a container to pods after cwii.

import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import type { ServerCertificate } from '../../testing/certificates.ts';
import type { StoredPod } from './stored-pod.ts';

export interface SidecarInjector {
  readonly origin: string;
  readonly calls: number;
  stop(): void;
}

interface Review {
  readonly apiVersion: string;
  readonly kind: string;
  readonly request: { readonly uid: string; readonly object: StoredPod };
}

/** @param container the name of the container that it adds to every pod without one. */
export async function startSidecarInjector(
  { certPem, keyPem }: ServerCertificate,
  container: string,
): Promise<SidecarInjector> {
  let calls = 0;
  const server = createServer({ cert: certPem, key: keyPem }, async (call, answer) => {
    const { apiVersion, kind, request } = (await json(call)) as Review;
    calls += 1;
    const missing = !request.object.spec.containers.some(({ name }) => name === container);
    const patch = [{ op: 'add', path: '/spec/containers/-', value: { name: container, image: 'mesh.example/proxy' } }];
    const response = {
      uid: request.uid,
      allowed: true,
      ...(missing && { patchType: 'JSONPatch', patch: Buffer.from(JSON.stringify(patch)).toString('base64') }),
    };
    answer.setHeader('content-type', 'application/json').end(JSON.stringify({ apiVersion, kind, response }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    origin: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get calls() {
      return calls;
    },
    stop: () => {
      server.close();
      server.closeIdleConnections();
    },
  };
}
