// Knows that what watches the log of every suite finds what must not be there.

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { assertDiscreet, assertNoSecret, secretsOf, secretsOfEnvironment, specTexts } from '../fakes/discreet-log.ts';
import { eventOf } from '../fakes/events.ts';
import { callerToken, clusterToken, specMarker } from '../fakes/secrets.ts';

const line = (fields: object) => `${JSON.stringify({ time: 'now', level: 'info', outcome: 'admitted', ...fields })}\n`;

describe('a log line', () => {
  it('of the known fields passes', () => {
    expect(() => assertDiscreet([line({ pod: 'web', reads: 2 })], ['secret'])).not.toThrow();
  });

  it.each([
    ['a secret', { error: 'not accepted: s3cret' }, 'there is "s3cret"'],
    ['a JWT', { error: `401: ${Buffer.from('{"alg":"RS256"}').toString('base64url')}` }, 'looks like a token'],
    ['an Authorization header', { code: 'Bearer 0123456789' }, 'looks like a token'],
    ['a private key', { error: '-----BEGIN PRIVATE KEY-----' }, 'looks like a token'],
    ['a field that nobody has listed', { spec: {} }, 'the field spec is not known'],
  ])('with %s is found', (_, fields, complaint) => {
    expect(() => assertDiscreet([line({}), line(fields)], ['s3cret'])).toThrow(complaint);
  });
});

describe.each(['issuer', 'token-rotation'] as const)('a line of the %s function', (by) => {
  const run = (fields: object) => line({ outcome: 'failed', code: 'internal', error: 'Error: away', ...fields });

  it('passes with its own fields', () => {
    const own = { issuer: { keys: ['a'], written: [] }, 'token-rotation': { expiresAt: null } }[by];
    expect(() => assertDiscreet([run(own)], ['s3cret'], by)).not.toThrow();
  });

  it.each([
    ['a secret', { error: 'not accepted: s3cret' }, 'there is "s3cret"'],
    ['a token', { warning: 'eyJhbGciOiJSUzI1NiJ9' }, 'looks like a token'],
    ['a field of the webhook', { pod: 'web' }, 'the field pod is not known'],
  ])('is found with %s', (_, fields, complaint) => {
    expect(() => assertDiscreet([run(fields)], ['s3cret'], by)).toThrow(complaint);
  });
});

describe('what a function was given', () => {
  it('has the credentials of its role and the token of its file, and standard error has none of them', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'cwii-token-'));
    await writeFile(join(folder, 'token'), `${clusterToken}\n`);
    const keys = {
      AWS_ACCESS_KEY_ID: 'ASIAEXAMPLE',
      AWS_SECRET_ACCESS_KEY: 'of the role',
      AWS_SESSION_TOKEN: 'of a run',
    };
    const secrets = secretsOfEnvironment({ ...keys, CWII_KUBE_CREDENTIAL: `file:${join(folder, 'token')}` });
    await rm(folder, { recursive: true });

    expect(secrets).toEqual([clusterToken, 'of the role', 'of a run']);
    expect(() => assertNoSecret(`Error: 401 for ${clusterToken}`, secrets)).toThrow(`there is "${clusterToken}"`);
    expect(() => assertNoSecret('Error: 401 for ASIAEXAMPLE', secrets)).not.toThrow();
  });
});

describe('what a call shows', () => {
  it('is its token and what the spec of its pod has', () => {
    expect(secretsOf(eventOf())).toEqual([callerToken, specMarker]);
  });

  it('is its path key, from a body in base64 too', () => {
    const event = eventOf(undefined, (changed) => {
      Object.assign(changed, { rawPath: '/k/the-path-key', headers: {}, isBase64Encoded: true });
      changed.body = Buffer.from(changed.body ?? '').toString('base64');
    });

    expect(secretsOf(event)).toEqual(['the-path-key', specMarker]);
  });

  it('is found in the template of a workload', () => {
    const spec = {
      template: { spec: { containers: [{ name: 'container', command: ['a-long-command'], args: ['-v'] }] } },
    };

    expect(specTexts({ spec })).toEqual(['a-long-command']);
  });
});
