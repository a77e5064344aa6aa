// Entries of cwii.yaml to build upon, the least that one needs, and what is said to a file of them that cannot be used.

import { expect } from 'vitest';
import { stringify } from 'yaml';
import { parseClusterFile } from '../../cluster-file/cluster-file.ts';

export const DIGEST = '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08';

/** A valid entry with nothing but what is needed, and these keys in place of its own. */
export function minimal(change: object = {}): object {
  return {
    name: 'prod',
    api: { url: 'https://api.prod.example.com:6443' },
    issuer: 'https://oidc.example.com/prod',
    credential: {
      webIdentity: { issuer: 'https://11111111-2222-3333-4444-555555555555.tokens.sts.global.api.aws' },
    },
    callers: { tokenSha256: [DIGEST] },
    ...change,
  };
}

/** The problems told of a text, a line each. */
export function problemsOf(text: string): string[] {
  try {
    parseClusterFile(text, '/somewhere/cwii.yaml');
  } catch (error) {
    expect(error).toMatchObject({ code: 'cluster-file-invalid' });
    return (error as Error).message.split('\n');
  }
  return [];
}

/** The problems of a file with these entries, without their places. */
export function told(...clusters: object[]): string[] {
  return problemsOf(stringify({ clusters })).map((line) => line.replace(/^cwii\.yaml:\d+:\d+: /, ''));
}
