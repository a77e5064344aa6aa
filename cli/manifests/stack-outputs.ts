// Reads the outputs of a cluster's stack from the file of `cdk deploy --outputs-file`.

import { stackNameOf } from '../../cluster-file/stack-names.ts';
import { CwiiError } from '../../lib/common/errors.ts';
import { isObject } from '../../lib/common/json.ts';
import { readTextFile } from '../../lib/common/text-file.ts';

export interface StackOutputs {
  /**
   * @throws {CwiiError} `output-missing` or `outputs-unreadable`, with the command that writes the output.
   */
  get(name: string): string;
}

/**
 * The file is read with the first output, because none may be needed if the URL of the webhook is known.
 *
 * @param url replaces the output WebhookUrl.
 */
export function stackOutputs(
  file: string,
  cluster: string,
  { url }: { readonly url?: string | undefined } = {},
): StackOutputs {
  const stack = stackNameOf(cluster);
  const deploy = `run \`cdk deploy ${stack} --outputs-file ${file}\``;
  let outputs: Readonly<Record<string, unknown>> | undefined;
  return {
    get(name) {
      if (name === 'WebhookUrl' && url !== undefined) return url;
      outputs ??= read(file, stack, deploy);
      const value = outputs[name];
      if (typeof value === 'string' && value !== '') return value;
      const alternative = name === 'WebhookUrl' ? ', or pass --url' : '';
      throw new CwiiError('output-missing', `${file} has no ${name} for the stack ${stack}; ${deploy}${alternative}`);
    },
  };
}

function read(file: string, stack: string, deploy: string): Readonly<Record<string, unknown>> {
  const remedy = `${deploy}, or without CDK write the file as docs/deploying-otherwise.md shows`;
  const text = readTextFile(file, 'outputs-unreadable', { remedyIfMissing: remedy });
  let stacks: unknown;
  try {
    stacks = JSON.parse(text);
  } catch (error) {
    throw new CwiiError('outputs-unreadable', `${file} is not valid JSON; ${deploy}`, { cause: error });
  }
  const outputs = isObject(stacks) ? stacks[stack] : undefined;
  if (isObject(outputs)) return outputs;
  throw new CwiiError('output-missing', `${file} has no stack ${stack}; ${remedy}`);
}
