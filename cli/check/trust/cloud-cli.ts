// Reads a cloud through the program of its vendor, which handles the login. cwii never gets the credentials.

import { execFile } from 'node:child_process';
import { parseJson } from '../../../lib/common/json.ts';
import { quote } from './exchange.ts';

/** The problem in the account, or why it is not known. */
export type AccountProblem =
  | { readonly problem: string; readonly unknown?: undefined }
  | { readonly problem?: undefined; readonly unknown: string };

/** An answer, whose type is not checked, or the program's own words. */
export type Read =
  | { readonly value: unknown; readonly error?: undefined }
  | { readonly value?: undefined; readonly error: string };

/** Enough for every answer that cwii asks for. */
const LARGEST_ANSWER = 4 * 1024 * 1024;

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
export function readCloud(program: keyof typeof programs, args: readonly string[], signal: AbortSignal): Promise<Read> {
  const { title, options, env } = programs[program];
  const settings = { env: { ...process.env, ...env }, maxBuffer: LARGEST_ANSWER, signal };
  const call = `${program} ${args
    .filter((arg) => !arg.startsWith('-'))
    .slice(0, 4)
    .join(' ')}`;
  return new Promise((resolve) => {
    execFile(program, [...args, ...options], settings, (error, stdout, stderr) => {
      if (!error) {
        const value = parseJson(stdout);
        resolve(value === undefined ? { error: `${call} printed no JSON` } : { value });
      } else if (error.code === 'ENOENT') resolve({ error: `${title} is not in the PATH` });
      else if (error.name === 'AbortError') resolve({ error: `${call} did not end in time` });
      else resolve({ error: `${call}: ${quote(stderr) || error.message}` });
    });
  });
}

/** The cause, then what the account shows, then the words of the cloud, then what could not be read. */
export function withAccount(cause: string, { problem, unknown }: AccountProblem, answer: string): string {
  const sentences = [cause, problem, answer].filter((text) => text !== undefined);
  const known = sentences.map((text) => text.replace(/\.$/, '')).join('. ');
  return unknown === undefined ? known : `${known}. ${unknown}`;
}
