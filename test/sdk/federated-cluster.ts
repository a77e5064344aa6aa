// Brings a pod from its manifest to a running container without a cluster.
//
// It uses the webhook's handler, a token issuer instead of the API server, and fakes of the clouds.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import jsonPatch, { type Operation } from 'fast-json-patch';
import { type Manifest, ManifestReader } from '../../cli/preview/manifest-reader.ts';
import { eventOf, type PodManifest, podOf, reviewOf } from '../fakes/events.ts';
import { reviewIn, startWebhook } from '../fakes/webhook.ts';
import { type Kubelet, type RunnablePod, type StartedContainer, startContainer } from './container.ts';
import type { Way } from './in-container/get-credentials.ts';
import { runSdks, type SdkRun } from './run-sdks.ts';
import { type ClusterIdentity, createTokenIssuer, type TokenIssuer } from './token-issuer.ts';
import { namespace, serviceAccount } from './trust.ts';

/** A pod that the webhook has patched, with its own directory as its machine. */
export interface AdmittedPod {
  readonly stored: RunnablePod;
  readonly warnings: readonly string[];
  /** The directory of its containers. */
  readonly root: string;
  /** Starts a container. @returns its environment and command. */
  start(container: string, options?: TokenOptions): Promise<StartedContainer>;
  runSdks<W extends Way>(ways: readonly W[], options?: SdkOptions): Promise<SdkRun<W>>;
}

export interface SdkOptions extends TokenOptions {
  /** Default: `app`. */
  readonly container?: string;
}

export interface TokenOptions {
  /** Age of the token in seconds. Default: 0. */
  readonly tokenAge?: number;
  /** Signs the token instead of the cluster. */
  readonly signer?: TokenIssuer;
}

export interface FederatedCluster {
  /** The part of the cluster that the clouds know. */
  readonly identity: ClusterIdentity;
  /**
   * Admits the pod `web` of the trusted ServiceAccount, with these annotations.
   *
   * @param change changes the pod before its admission.
   * @param objects the other objects of the cluster.
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
    identity: issuer,
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
        start: (container, { signer = issuer, tokenAge } = {}) =>
          startContainer(stored, container, kubelet(root, signer, tokenAge)),
        runSdks: (ways, { container = 'app', signer = issuer, tokenAge } = {}) =>
          runSdks(stored, container, ways, { cluster: issuer, kubelet: kubelet(root, signer, tokenAge) }),
      };
    },
    stop: () => rm(directory, { recursive: true }),
  };
}

/**
 * The only setting that differs from a deployment: the paths must exist on the machine of the tests.
 */
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
  // The API server sets the uid after the webhooks.
  const stored = { ...patched, metadata: { ...patched.metadata, uid: crypto.randomUUID() } };
  return { stored: stored as unknown as RunnablePod, warnings: response.warnings ?? [] };
}
