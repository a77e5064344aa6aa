// Knows how long a token lives by what is written, and where containers find it.

import { describe, expect, it } from 'vitest';
import type { Explicit } from '../../../lib/annotations/resolve.ts';
import { containerPath, projectToken, readExpiration } from '../../../lib/providers/token.ts';
import { factsOf } from '../../fakes/planning.ts';

const written = (value: string): Explicit<string> => ({
  key: 'cwii.dev/aws-token-expiration',
  native: false,
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

describe('the lifetime of a token for a cloud with a limit of its own', () => {
  const limit = { seconds: 86_400, who: 'Azure' };

  it('is lowered to that, and the warning says whose limit it is', () => {
    const { seconds, findings } = readExpiration(written('172800'), 3600, limit);

    expect(seconds).toBe(86_400);
    expect(findings).toMatchObject([
      { code: 'token-expiration-lowered', message: expect.stringMatching(/^Azure allows/) },
    ]);
  });

  it('is lowered without a warning where only the default is longer', () => {
    expect(readExpiration(undefined, 172_800, limit)).toEqual({ seconds: 86_400, findings: [] });
  });
});

describe('a projected token', () => {
  it('is a file below the mount root, in a volume of its own', () => {
    const { volume, mount, path } = projectToken(
      'aws',
      { mountRoot: '/run/cwii', pod: factsOf() },
      { audience: 'sts', expirationSeconds: 900 },
    );

    expect(volume).toEqual({
      name: 'cwii-aws-token',
      projected: { sources: [{ serviceAccountToken: { path: 'token', audience: 'sts', expirationSeconds: 900 } }] },
    });
    expect(mount).toEqual({ name: 'cwii-aws-token', mountPath: '/run/cwii/aws', readOnly: true });
    expect(path).toBe('/run/cwii/aws/token');
  });

  it('of a Windows pod is mounted alike, and named as Windows programs need it', () => {
    const pod = factsOf({ windows: true });
    const { mount, path } = projectToken(
      'az',
      { mountRoot: '/run/cwii', pod },
      { audience: 'x', expirationSeconds: 900 },
    );

    expect(mount.mountPath).toBe('/run/cwii/az');
    expect(path).toBe('C:\\run\\cwii\\az\\token');
  });
});

describe('a path in a container', () => {
  it.each([
    { windows: false, path: '/var/run/a.b/c' },
    { windows: true, path: 'C:\\var\\run\\a.b\\c' },
  ])('is $path where windows is $windows', ({ windows, path }) => {
    expect(containerPath('/var/run/a.b/c', windows)).toBe(path);
  });
});
