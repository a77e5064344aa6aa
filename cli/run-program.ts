// Runs the program of a cloud's vendor, which handles the login. cwii never gets the credentials.

import { execFile } from 'node:child_process';

export type Ended =
  | { readonly stdout: string; readonly failure?: undefined }
  | {
      readonly stdout?: undefined;
      /** Not in the PATH, ended by the signal, or ended with an error. */
      readonly failure: 'missing' | 'late' | 'failed';
      readonly error: Error;
      readonly stderr: string;
    };

export interface RunOptions {
  readonly env: NodeJS.ProcessEnv;
  readonly signal?: AbortSignal | undefined;
}

/** Enough for every answer that cwii asks for. */
const LARGEST_ANSWER = 4 * 1024 * 1024;

export function runProgram(program: string, args: readonly string[], { env, signal }: RunOptions): Promise<Ended> {
  const options = { env, maxBuffer: LARGEST_ANSWER, ...(signal && { signal }) };
  return new Promise((resolve) => {
    execFile(program, args, options, (error, stdout, stderr) => {
      if (!error) resolve({ stdout });
      else if (error.code === 'ENOENT') resolve({ failure: 'missing', error, stderr });
      else resolve({ failure: error.name === 'AbortError' ? 'late' : 'failed', error, stderr });
    });
  });
}
