// The cluster of the benchmark: a real control plane with examples/deployment.yaml, at any network distance.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packageFile } from '../lib/common/package-root.ts';
import { startControlPlane } from '../testing/cluster/control-plane.ts';
import { type DelayProxy, startDelayProxy } from '../testing/network/delay-proxy.ts';

/** The function's access to the API server. */
export interface Access {
  readonly url: string;
  readonly ca: string;
  readonly token: string;
  /** CWII_ variables for this access. */
  readonly env: Readonly<Record<string, string>>;
}

export interface BenchCluster extends AsyncDisposable {
  /** A stored pod of the Deployment. */
  readonly pod: object;
  /** The paths of the four objects that configure the pod. */
  readonly paths: readonly string[];
  /** Access without a delay. */
  readonly near: Access;
  /** Access to the same server with this round trip. */
  at(roundTripMs: number): Promise<Access & { readonly link: DelayProxy }>;
}

interface StoredPod {
  readonly metadata: { readonly ownerReferences: readonly { readonly name: string }[] };
}

export async function startBenchCluster(): Promise<BenchCluster> {
  const folder = mkdtempSync(join(tmpdir(), 'cwii-bench-'));
  const plane = await startControlPlane();
  const links: DelayProxy[] = [];
  try {
    await plane.apply(readFileSync(packageFile('examples', 'cluster', 'rbac.yaml'), 'utf8'));
    await plane.apply(readFileSync(packageFile('examples', 'deployment.yaml'), 'utf8'));
    const token = await plane.serviceAccountToken('cwii-serve', 'cwii-serve');
    const tokenFile = join(folder, 'token');
    writeFileSync(tokenFile, token, { mode: 0o600 });
    const pod = await plane.waitFor('a pod of the Deployment', async () => {
      const pods = await plane.api<{ items: StoredPod[] }>('GET', '/api/v1/namespaces/shop/pods');
      return pods.items[0];
    });
    const accessTo = (url: string): Access => ({
      url,
      ca: plane.caPem,
      token,
      env: { CWII_KUBE_API_URL: url, CWII_KUBE_CA: plane.caPem, CWII_KUBE_CREDENTIAL: `file:${tokenFile}` },
    });
    const replicaSet = pod.metadata.ownerReferences[0]?.name;
    return {
      pod,
      paths: [
        '/api/v1/namespaces/shop',
        '/api/v1/namespaces/shop/serviceaccounts/checkout',
        `/apis/apps/v1/namespaces/shop/replicasets/${replicaSet}`,
        '/apis/apps/v1/namespaces/shop/deployments/checkout',
      ],
      near: accessTo(plane.url),
      at: async (roundTripMs) => {
        const { hostname, port } = new URL(plane.url);
        const link = await startDelayProxy({ targetHost: hostname, targetPort: Number(port), roundTripMs });
        links.push(link);
        return { ...accessTo(`https://${link.host}:${link.port}`), link };
      },
      [Symbol.asyncDispose]: async () => {
        for (const link of links) await link.close();
        await plane.stop();
        rmSync(folder, { recursive: true });
      },
    };
  } catch (error) {
    await plane.stop();
    throw error;
  }
}
