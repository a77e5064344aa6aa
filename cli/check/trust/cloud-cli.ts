// Reads Azure and Google Cloud through the programs of their vendors.

import { parseJson } from '../../../lib/common/json.ts';
import { runProgram } from '../../run-program.ts';
import { quote } from './exchange.ts';

/** The problem in the account, or why it is not known. */
export type AccountProblem =
  | { readonly problem: string; readonly unknown?: undefined }
  | { readonly problem?: undefined; readonly unknown: string };

/** An answer, whose type is not checked, or the program's own words. */
export type Read =
  | { readonly value: unknown; readonly error?: undefined }
  | { readonly value?: undefined; readonly error: string };

const programs = {
  az: {
    title: 'the Azure CLI (`az`)',
    options: ['--only-show-errors', '--output', 'json'],
    env: { AZURE_CORE_COLLECT_TELEMETRY: 'false', AZURE_CORE_NO_COLOR: 'true' },
  },
  gcloud: {
    title: 'the Google Cloud CLI (`gcloud`)',
    options: ['--quiet', '--format=json'],
    env: { CLOUDSDK_CORE_DISABLE_PROMPTS: '1', CLOUDSDK_CORE_DISABLE_USAGE_REPORTING: 'true' },
  },
} as const;

/** Runs `az <args>` or `gcloud <args>`. */
export async function readCloud(
  program: keyof typeof programs,
  args: readonly string[],
  signal: AbortSignal,
): Promise<Read> {
  const { title, options, env } = programs[program];
  const words = args.filter((arg) => !arg.startsWith('-'));
  const call = `${program} ${words.slice(0, 4).join(' ')}`;
  const ended = await runProgram(program, [...args, ...options], { env: { ...process.env, ...env }, signal });
  switch (ended.failure) {
    case 'missing':
      return { error: `${title} is not in the PATH` };
    case 'late':
      return { error: `${call} did not end in time` };
    case 'failed':
      return { error: `${call}: ${quote(ended.stderr) || ended.error.message}` };
    default: {
      const value = parseJson(ended.stdout);
      return value === undefined ? { error: `${call} printed no JSON` } : { value };
    }
  }
}

/** The cause, then what the account shows, then the words of the cloud, then what could not be read. */
export function withAccount(cause: string, { problem, unknown }: AccountProblem, answer: string): string {
  const sentences = [cause, problem, answer].filter((text) => text !== undefined);
  const known = sentences.map((text) => text.replace(/\.$/, '')).join('. ');
  return unknown === undefined ? known : `${known}. ${unknown}`;
}
