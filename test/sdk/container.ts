// Starts a container as the kubelet does: its environment and the files of its volumes.

import { randomUUID } from 'node:crypto';
import { mkdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** The fields of a stored pod that this fake of the kubelet reads. */
export interface RunnablePod {
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly uid: string;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly spec: {
    readonly serviceAccountName?: string;
    readonly containers: readonly RunnableContainer[];
    readonly initContainers?: readonly RunnableContainer[];
    readonly volumes?: readonly RunnableVolume[];
  };
}

interface RunnableContainer {
  readonly name: string;
  readonly command?: readonly string[];
  readonly env?: readonly { readonly name: string; readonly value?: string; readonly valueFrom?: FieldSource }[];
  readonly volumeMounts?: readonly { readonly name: string; readonly mountPath: string }[];
}

interface FieldSource {
  readonly fieldRef: { readonly fieldPath: string };
}

interface RunnableVolume {
  readonly name: string;
  readonly emptyDir?: object;
  readonly projected?: { readonly sources: readonly { readonly serviceAccountToken?: TokenSource }[] };
  readonly downwardAPI?: { readonly items: readonly (FieldSource & { readonly path: string })[] };
}

export interface TokenSource {
  readonly path: string;
  readonly audience: string;
  readonly expirationSeconds: number;
}

export interface Kubelet {
  /** The directory for all files; the mount paths of the pod are below it. */
  readonly root: string;
  /** The token that the API server issues for the pod. */
  requestToken(pod: RunnablePod, source: TokenSource): string | Promise<string>;
}

export interface StartedContainer {
  readonly env: Readonly<Record<string, string>>;
  readonly command: readonly string[];
}

/** Creates the files of a container's volumes. Skips mounts outside of `root`. */
export async function startContainer(pod: RunnablePod, name: string, kubelet: Kubelet): Promise<StartedContainer> {
  const container = [...(pod.spec.initContainers ?? []), ...pod.spec.containers].find((one) => one.name === name);
  if (!container) throw new Error(`the pod has no container ${name}`);
  for (const mount of container.volumeMounts ?? []) {
    if (!mount.mountPath.startsWith(`${kubelet.root}/`)) continue;
    const volume = pod.spec.volumes?.find((one) => one.name === mount.name);
    if (!volume) throw new Error(`container ${name} mounts ${mount.name}, which is not a volume of the pod`);
    if (volume.emptyDir) await mkdir(mount.mountPath, { recursive: true });
    else await project(mount.mountPath, await filesOf(volume, pod, kubelet));
  }
  return { env: environmentOf(container, pod), command: container.command ?? [] };
}

async function filesOf(volume: RunnableVolume, pod: RunnablePod, kubelet: Kubelet): Promise<Record<string, string>> {
  const files: Record<string, string> = {};
  for (const { serviceAccountToken: source } of volume.projected?.sources ?? [])
    if (source) files[source.path] = await kubelet.requestToken(pod, source);
  for (const { path, fieldRef } of volume.downwardAPI?.items ?? []) files[path] = fieldOf(pod, fieldRef.fieldPath);
  if (Object.keys(files).length === 0)
    throw new Error(`the source of volume ${volume.name} is not supported by this fake`);
  return files;
}

/**
 * Creates or replaces the files as the kubelet's atomic writer does: links into a directory, which one step
 * replaces.
 */
async function project(path: string, files: Readonly<Record<string, string>>): Promise<void> {
  const version = `..${randomUUID()}`;
  await mkdir(join(path, version), { recursive: true });
  for (const [name, content] of Object.entries(files)) {
    await writeFile(join(path, version, name), content);
    await rm(join(path, name), { force: true });
    await symlink(join('..data', name), join(path, name));
  }
  await symlink(version, join(path, '..data_tmp'));
  await rename(join(path, '..data_tmp'), join(path, '..data'));
}

function environmentOf({ env = [] }: RunnableContainer, pod: RunnablePod): Record<string, string> {
  const values: Record<string, string> = {};
  for (const { name, value = '', valueFrom } of env)
    values[name] = valueFrom ? fieldOf(pod, valueFrom.fieldRef.fieldPath) : expand(value, values);
  return values;
}

/** Replaces `$(NAME)` with the value of an earlier variable, if there is one, and `$$` with `$`. */
function expand(text: string, values: Readonly<Record<string, string>>): string {
  return text.replaceAll(/\$(?:\$|\(([^)]*)\))/g, (all, name?: string) =>
    name === undefined ? '$' : (values[name] ?? all),
  );
}

function fieldOf({ metadata }: RunnablePod, fieldPath: string): string {
  const annotation = /^metadata\.annotations\['(.+)'\]$/.exec(fieldPath)?.[1];
  if (annotation !== undefined) return metadata.annotations?.[annotation] ?? '';
  const fields: Readonly<Record<string, string>> = {
    'metadata.name': metadata.name,
    'metadata.namespace': metadata.namespace,
    'metadata.uid': metadata.uid,
  };
  const value = fields[fieldPath];
  if (value === undefined) throw new Error(`the field ${fieldPath} is not supported by this fake`);
  return value;
}
