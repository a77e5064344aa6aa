// The outputs of a cluster's stack, as `cdk deploy --outputs-file` writes them, or somebody who deploys by other means.

import { readFileSync } from 'node:fs';
import { CwiiError } from '../../lib/common/errors.ts';

/** A stack's outputs, which are asked for by name. */
export interface StackOutputs {
  /** @throws {CwiiError} `output-missing`, naming the command that makes it. */
  get(name: string): string;
}

/**
 * Outputs that are read when the first one is asked for: with a webhook's URL given, none may be needed.
 *
 * @param url stands for the output WebhookUrl.
 */
export function stackOutputs(
  file: string,
  cluster: string,
  { url }: { readonly url?: string | undefined } = {},
): StackOutputs {
  const stack = `cwii-${cluster}`;
  const deploy = `run \`cdk deploy ${stack} --outputs-file ${file}\``;
  let outputs: Readonly<Record<string, unknown>> | undefined;
  return {
    get(name) {
      if (name === 'WebhookUrl' && url !== undefined) return url;
      outputs ??= read(file, stack, deploy);
      const value = outputs[name];
      if (typeof value === 'string' && value !== '') return value;
      const otherwise = name === 'WebhookUrl' ? ', or name it by --url' : '';
      throw new CwiiError('output-missing', `${file} has no ${name} for the stack ${stack}; ${deploy}${otherwise}`);
    },
  };
}

function read(file: string, stack: string, deploy: string): Readonly<Record<string, unknown>> {
  const without = 'without CDK write it yourself, as docs/deploying-otherwise.md shows';
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const problem = code === 'ENOENT' ? 'does not exist' : `cannot be read (${code})`;
    throw new CwiiError('outputs-unreadable', `${file} ${problem}; ${deploy}; ${without}`, { cause: error });
  }
  let stacks: unknown;
  try {
    stacks = JSON.parse(text);
  } catch (error) {
    throw new CwiiError('outputs-unreadable', `${file} is no JSON; ${deploy}`, { cause: error });
  }
  const outputs = (stacks as Record<string, unknown> | null)?.[stack];
  if (typeof outputs === 'object' && outputs !== null) return outputs as Record<string, unknown>;
  throw new CwiiError('output-missing', `${file} has no stack ${stack}; ${deploy}; ${without}`);
}
