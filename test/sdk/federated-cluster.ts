// Knows how a pod comes from its manifest to a running container without a cluster: the webhook as it is deployed, a
// token issuer in the API server's place, and the clouds that trust it.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import jsonPatch, { type Operation } from 'fast-json-patch';
import { type Manifest, ManifestReader } from '../../cli/preview/manifest-reader.ts';
import { eventOf, type PodManifest, podOf, reviewOf } from '../fakes/events.ts';
import { reviewIn, startWebhook } from '../fakes/webhook.ts';
import { type Asked, askSdks } from './ask-sdks.ts';
import { type Kubelet, type RunnablePod, type StartedContainer, startContainer } from './container.ts';
import type { Way } from './in-container/ask.ts';
import { createTokenIssuer, type TokenIssuer } from './token-issuer.ts';
import { namespace, serviceAccount } from './trust.ts';

/** A pod that the webhook has patched, on a machine of its own. */
export interface AdmittedPod {
  readonly stored: RunnablePod;
  readonly warnings: readonly string[];
  /** The directory that its containers see. */
  readonly root: string;
  /** Starts a container, and gives its environment and command. */
  start(container: string): Promise<StartedContainer>;
  ask<W extends Way>(ways: readonly W[], options?: AskOptions): Promise<Asked<W>>;
}

export interface AskOptions {
  /** Default: `app`. */
  readonly container?: string;
  /** How many seconds ago the token was issued. */
  readonly tokenAge?: number;
  /** Who signs the token, in the cluster's place. */
  readonly signer?: TokenIssuer;
}

export interface FederatedCluster {
  /**
   * The pod `web` of the trusted ServiceAccount, with these annotations and changed.
   *
   * @param objects the rest of the cluster.
   */
  admit(
    annotations: Readonly<Record<string, string>>,
    change?: (pod: PodManifest, root: string) => void,
    objects?: readonly Manifest[],
  ): Promise<AdmittedPod>;
  stop(): Promise<void>;
}

export const issuerUrl = 'https://oidc.example.com/my-cluster';

export async function startFederatedCluster(): Promise<FederatedCluster> {
  const directory = await mkdtemp(join(tmpdir(), 'cwii-sdk-'));
  const issuer = await createTokenIssuer(issuerUrl);
  return {
    admit: async (annotations, change = () => undefined, objects = []) => {
      const root = await mkdtemp(join(directory, 'node-'));
      const manifest = podOf((base) => {
        base.metadata = { name: 'web', namespace, annotations };
        base.spec = { serviceAccountName: serviceAccount, containers: [{ name: 'app', image: 'web:1' }] };
        change(base, root);
      });
      const { stored, warnings } = await admit(manifest, { CWII_MOUNT_ROOT: mountRoot(root) }, objects);
      return {
        stored,
        warnings,
        root,
        start: (container) => startContainer(stored, container, kubelet(root, issuer)),
        ask: (ways, { container = 'app', signer = issuer, tokenAge } = {}) =>
          askSdks(stored, container, ways, { cluster: issuer, kubelet: kubelet(root, signer, tokenAge) }),
      };
    },
    stop: () => rm(directory, { recursive: true }),
  };
}

/** The one setting that differs from a deployment's: the paths in containers have to exist on the test's machine. */
export function mountRoot(root: string): string {
  return `${root}/var/run/secrets/cwii.dev`;
}

function kubelet(root: string, issuer: TokenIssuer, age = 0): Kubelet {
  return {
    root,
    requestToken: ({ metadata, spec }, { audience, expirationSeconds }) =>
      issuer.issue({
        namespace: metadata.namespace,
        serviceAccount: spec.serviceAccountName ?? 'default',
        audience,
        expirationSeconds,
        age,
      }),
  };
}

async function admit(
  manifest: PodManifest,
  env: Readonly<Record<string, string>>,
  objects: readonly Manifest[],
): Promise<Pick<AdmittedPod, 'stored' | 'warnings'>> {
  const webhook = startWebhook({ env, reader: new ManifestReader(objects) });
  const review = reviewOf(({ request }) => Object.assign(request, { object: manifest }));
  const { response } = reviewIn(await webhook.call(eventOf(review)));
  if (!response.allowed) throw new Error(`the pod was refused: ${response.status?.message}`);
  const patch: Operation[] = response.patch ? JSON.parse(Buffer.from(response.patch, 'base64').toString()) : [];
  const patched = jsonPatch.applyPatch(structuredClone(manifest), patch, true).newDocument;
  // The API server gives the uid once the webhooks are done.
  const stored = { ...patched, metadata: { ...patched.metadata, uid: crypto.randomUUID() } };
  return { stored: stored as unknown as RunnablePod, warnings: response.warnings ?? [] };
}
