// Runs the AWS CLI of PyPI in a container of a patched pod.

import { mkdir, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { ministackPackages, pythonWith } from '../../testing/python.ts';
import { run } from '../../testing/run.ts';
import { startClouds } from '../sdk/clouds.ts';
import type { AdmittedPod, FederatedCluster } from '../sdk/federated-cluster.ts';
import type { SdkResult } from '../sdk/in-container/get-credentials.ts';
import { startConnectProxy } from './connect-proxy.ts';
import { imageOf } from './sdk-process.ts';

export interface ToolRun {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command with the environment of a container, and with `tools` in the PATH of its image. */
export async function runTool(
  cluster: Pick<FederatedCluster, 'identity'>,
  pod: Pick<AdmittedPod, 'root' | 'start'>,
  container: string,
  { tools, command }: { readonly tools: string; readonly command?: readonly [string, ...string[]] },
): Promise<ToolRun> {
  const clouds = await startClouds(cluster.identity, pod.root);
  const proxy = await startConnectProxy(clouds.ports);
  try {
    const started = await pod.start(container);
    const [program, ...args] = command ?? started.command;
    if (program === undefined) throw new Error(`the container ${container} has no command`);
    const PATH = [tools, '/usr/bin', '/bin'].join(delimiter);
    const network = { HTTP_PROXY: proxy.url, HTTPS_PROXY: proxy.url, AWS_CA_BUNDLE: clouds.caPath };
    const image = await imageOf({ root: pod.root, clouds });
    return await run([program, ...args], { env: { ...image, ...network, PATH, ...started.env } });
  } finally {
    await proxy.stop();
    await clouds.stop();
  }
}

/** The directory with the AWS CLI. The scripts of the virtual environment have the path of its creation. */
export async function awsCliTools(root: string): Promise<string> {
  const tools = join(root, 'tools');
  await mkdir(tools, { recursive: true });
  const script = `#!/bin/sh\nexec ${await pythonWith(ministackPackages)} -m awscli "$@"\n`;
  await writeFile(join(tools, 'aws'), script, { mode: 0o755 });
  return tools;
}

/** The caller's identity, as a command in the container `app` sees it. */
export async function askAwsCli(
  cluster: Pick<FederatedCluster, 'identity'>,
  pod: Pick<AdmittedPod, 'root' | 'start'>,
): Promise<SdkResult> {
  const command = ['aws', 'sts', 'get-caller-identity'] as const;
  const { code, stdout, stderr } = await runTool(cluster, pod, 'app', { tools: await awsCliTools(pod.root), command });
  if (code !== 0) return { error: { name: `code ${code}`, message: stderr } };
  const { Arn: arn } = JSON.parse(stdout);
  const [, key] = /:user\/(.+)$/.exec(arn) ?? [];
  return { credentials: key === undefined ? { sessionToken: arn } : { key } };
}
