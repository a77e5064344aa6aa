// Checks that the API server serves the owner kinds of cwii.yaml.

import type { ObjectKind } from '../../../lib/kubernetes/objects.ts';
import { parseOwnerKinds } from '../../../lib/kubernetes/owner-kinds.ts';
import type { KubeClient } from '../../kubectl/kube-client.ts';
import { type Check, type Outcome, passed, skipped, warning } from '../check.ts';
import { requireCluster } from '../context.ts';

interface ResourceList {
  readonly resources: readonly { readonly name: string; readonly kind: string }[];
}

export const ownerKinds: Check = {
  code: 'function-owner-kinds',
  run: async ({ cluster, kube }, signal) => {
    requireCluster(cluster);
    const kinds = (cluster.settings.ownerKinds ?? []).flatMap(parseOwnerKinds);
    if (kinds.length === 0) return skipped('cwii.yaml has no settings.ownerKinds');
    return Promise.all(kinds.map((kind) => judge(kube, kind, signal)));
  },
};

async function judge(kube: KubeClient, kind: ObjectKind, signal: AbortSignal): Promise<Outcome> {
  const { group, version, resource } = kind;
  const path = group === '' ? `/api/${version}` : `/apis/${group}/${version}`;
  const list = await kube.find<ResourceList>(path, { signal });
  const subject = `${group === '' ? '' : `${group}/`}${version}/${resource}=${kind.kind}`;
  const served = list?.resources.find(({ name }) => name === resource);
  if (served?.kind === kind.kind) return { ...passed(), subject };
  const names = list?.resources.filter((one) => one.kind === kind.kind).map(({ name }) => name) ?? [];
  const cause = !list
    ? `the API server does not serve ${path}`
    : served
      ? `${resource} is the kind ${served.kind}`
      : `${path} has no ${resource}${names[0] === undefined ? '' : `, but ${names[0]}`}`;
  return warning(
    `${cause}, so the annotations of these owners are not read`,
    'correct settings.ownerKinds in cwii.yaml (`kubectl api-resources`), or install the CustomResourceDefinition',
    subject,
  );
}
