// A local Kubernetes API that serves manifests for reading: the cluster of the demo.

import { createSecureServer, type Http2SecureServer } from 'node:http2';
import { type Manifest, uidOf } from '../../cli/preview/manifest-reader.ts';
import { groupOf } from '../../lib/kubernetes/objects.ts';

/** Answers `GET` for one object with its PartialObjectMetadata, if the request has the token. */
export function createManifestApi(
  manifests: readonly Manifest[],
  { cert, key, token }: { readonly cert: string; readonly key: string; readonly token: string },
): Http2SecureServer {
  // A namespace without a manifest exists as well.
  const objects = new Map([...namespacesOf(manifests), ...manifests].map((manifest) => [pathOf(manifest), manifest]));
  return createSecureServer({ cert, key }, (request, response) => {
    const answer = (code: number, body: object) => {
      response.writeHead(code, { 'content-type': 'application/json' });
      response.end(JSON.stringify(body));
    };
    const manifest = objects.get(request.url);
    if (request.headers.authorization !== `Bearer ${token}`) answer(401, status(401, 'Unauthorized'));
    else if (!manifest) answer(404, { ...status(404, 'NotFound'), details: { name: request.url.split('/').at(-1) } });
    else {
      const metadata = { ...manifest.metadata, uid: uidOf(manifest) };
      answer(200, { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata });
    }
  });
}

function namespacesOf(manifests: readonly Manifest[]): Manifest[] {
  return manifests.flatMap(({ metadata: { namespace } }) =>
    namespace === undefined ? [] : [{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } }],
  );
}

function status(code: number, reason: string): object {
  return { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', reason, code };
}

/** The plural is regular for every kind that can configure a pod. */
function pathOf({ apiVersion, kind, metadata }: Manifest): string {
  const root = groupOf(apiVersion) === '' ? `/api/${apiVersion}` : `/apis/${apiVersion}`;
  const namespace = kind === 'Namespace' ? '' : `/namespaces/${metadata.namespace}`;
  return `${root}${namespace}/${kind.toLowerCase()}s/${metadata.name}`;
}
