// Tests the lifetime of a token, and its place in containers.

import { describe, expect, it } from 'vitest';
import type { Explicit } from '../../../lib/annotations/resolve.ts';
import { containerPath, projectToken, readExpiration } from '../../../lib/providers/token.ts';

const written = (value: string): Explicit<string> => ({
  key: 'cwii.dev/aws-token-expiration',
  native: false,
  value,
  raw: value,
  source: { kind: 'pod', object: 'Pod shop/web', annotations: {} },
});

describe('readExpiration', () => {
  it('returns the default if no annotation sets a lifetime', () => {
    expect(readExpiration(undefined, 3600)).toEqual({ seconds: 3600, findings: [] });
  });

  it.each(['600', '3600', '86400', '4294967296'])('accepts %s seconds', (value) => {
    expect(readExpiration(written(value), 3600)).toEqual({ seconds: Number(value), findings: [] });
  });

  it.each([
    { value: '599', seconds: 600, code: 'token-expiration-raised' },
    { value: '0', seconds: 600, code: 'token-expiration-raised' },
    { value: '4294967297', seconds: 2 ** 32, code: 'token-expiration-lowered' },
    { value: '9'.repeat(400), seconds: 2 ** 32, code: 'token-expiration-lowered' },
    { value: '1h', seconds: 3600, code: 'token-expiration-unreadable' },
    { value: '-600', seconds: 3600, code: 'token-expiration-unreadable' },
    { value: '3600.5', seconds: 3600, code: 'token-expiration-unreadable' },
  ])('corrects "$value" to $seconds seconds with the warning $code', ({ value, seconds, code }) => {
    expect(readExpiration(written(value), 3600)).toMatchObject({ seconds, findings: [{ code, severity: 'warn' }] });
  });
});

describe('readExpiration with the limit of a cloud', () => {
  const limit = { seconds: 86_400, who: 'Azure' };

  it('lowers the lifetime, and names the cloud in the warning', () => {
    const { seconds, findings } = readExpiration(written('172800'), 3600, limit);

    expect(seconds).toBe(86_400);
    expect(findings).toMatchObject([
      { code: 'token-expiration-lowered', message: expect.stringMatching(/^Azure allows/) },
    ]);
  });

  it('lowers the default without a warning', () => {
    expect(readExpiration(undefined, 172_800, limit)).toEqual({ seconds: 86_400, findings: [] });
  });
});

describe('projectToken', () => {
  it('returns a volume of its own and a path below the mount root', () => {
    const chosen = { audience: 'sts', expirationSeconds: 900 };

    const { volume, mount, path } = projectToken('aws', '/run/cwii', false, chosen);

    expect(volume).toEqual({
      name: 'cwii-aws-token',
      projected: { sources: [{ serviceAccountToken: { path: 'token', audience: 'sts', expirationSeconds: 900 } }] },
    });
    expect(mount).toEqual({ name: 'cwii-aws-token', mountPath: '/run/cwii/aws', readOnly: true });
    expect(path).toBe('/run/cwii/aws/token');
  });

  it('returns the same mount but a Windows path for a Windows pod', () => {
    const chosen = { audience: 'x', expirationSeconds: 900 };

    const { mount, path } = projectToken('az', '/run/cwii', true, chosen);

    expect(mount.mountPath).toBe('/run/cwii/az');
    expect(path).toBe('C:\\run\\cwii\\az\\token');
  });
});

describe('containerPath', () => {
  it.each([
    { windows: false, path: '/var/run/a.b/c' },
    { windows: true, path: 'C:\\var\\run\\a.b\\c' },
  ])('returns $path if windows is $windows', ({ windows, path }) => {
    expect(containerPath('/var/run/a.b/c', windows)).toBe(path);
  });
});
