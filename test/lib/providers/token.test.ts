// Knows how long a token lives by what is written, and where containers find it.

import { describe, expect, it } from 'vitest';
import type { Explicit } from '../../../lib/annotations/resolve.ts';
import { projectToken, readExpiration } from '../../../lib/providers/token.ts';

const written = (value: string): Explicit<string> => ({
  key: 'cwii.dev/aws-token-expiration',
  value,
  raw: value,
  source: { kind: 'pod', object: 'Pod shop/web', annotations: {} },
});

describe('the lifetime of a token', () => {
  it('is the default where nothing is written', () => {
    expect(readExpiration(undefined, 3600)).toEqual({ seconds: 3600, findings: [] });
  });

  it.each(['600', '3600', '86400', '4294967296'])('is %s as it is written', (value) => {
    expect(readExpiration(written(value), 3600)).toEqual({ seconds: Number(value), findings: [] });
  });

  it.each([
    ['599', 600, 'token-expiration-raised'],
    ['0', 600, 'token-expiration-raised'],
    ['4294967297', 2 ** 32, 'token-expiration-lowered'],
    ['9'.repeat(400), 2 ** 32, 'token-expiration-lowered'],
    ['1h', 3600, 'token-expiration-unreadable'],
    ['-600', 3600, 'token-expiration-unreadable'],
    ['3600.5', 3600, 'token-expiration-unreadable'],
  ])('of %.20s is mended to %i, with a warning', (value, seconds, code) => {
    expect(readExpiration(written(value), 3600)).toMatchObject({ seconds, findings: [{ code, severity: 'warn' }] });
  });
});

describe('a projected token', () => {
  it('is a file below the mount root, in a volume of its own', () => {
    const { volume, mount, path } = projectToken('aws', '/run/cwii', { audience: 'sts', expirationSeconds: 900 });

    expect(volume).toEqual({
      name: 'cwii-aws-token',
      projected: { sources: [{ serviceAccountToken: { path: 'token', audience: 'sts', expirationSeconds: 900 } }] },
    });
    expect(mount).toEqual({ name: 'cwii-aws-token', mountPath: '/run/cwii/aws', readOnly: true });
    expect(path).toBe('/run/cwii/aws/token');
  });
});
