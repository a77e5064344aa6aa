// Builds entries of cwii.yaml for tests, and collects the problems that a file with them has.

import { expect } from 'vitest';
import { stringify } from 'yaml';
import { type Cluster, parseClusterFile } from '../../cluster-file/cluster-file.ts';

export const DIGEST = '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08';

/** A valid entry with only the required keys, with some of them replaced. */
export function minimal(changes: object = {}): object {
  return {
    name: 'prod',
    api: { url: 'https://api.prod.example.com:6443' },
    issuer: 'https://oidc.example.com/prod',
    credential: {
      webIdentity: { issuer: 'https://11111111-2222-3333-4444-555555555555.tokens.sts.global.api.aws' },
    },
    callers: { tokenSha256: [DIGEST] },
    ...changes,
  };
}

/** The cluster that a file with this entry describes. */
export function clusterOf(entry: object): Cluster {
  const [cluster] = parseClusterFile(stringify({ clusters: [entry] }), 'cwii.yaml').clusters;
  if (!cluster) throw new Error('the file has no cluster');
  return cluster;
}

/** The problems of a file with this text, one line each. */
export function problemsInText(text: string): string[] {
  try {
    parseClusterFile(text, '/somewhere/cwii.yaml');
  } catch (error) {
    expect(error).toMatchObject({ code: 'cluster-file-invalid' });
    return (error as Error).message.split('\n');
  }
  return [];
}

/** The problems of a file with these entries, without their positions. */
export function problemsOf(...clusters: object[]): string[] {
  return problemsInText(stringify({ clusters })).map((line) => line.replace(/^cwii\.yaml:\d+:\d+: /, ''));
}
