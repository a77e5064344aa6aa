// The check that all suites apply to log lines finds secrets and unknown fields.

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { assertDiscreet, assertNoSecret, secretsOf, secretsOfEnvironment, specTexts } from '../fakes/discreet-log.ts';
import { eventOf } from '../fakes/events.ts';
import { callerToken, clusterToken, specMarker } from '../fakes/secrets.ts';

const line = (fields: object) => `${JSON.stringify({ time: 'now', level: 'info', outcome: 'admitted', ...fields })}\n`;

describe('the check of a log line', () => {
  it('accepts the known fields', () => {
    expect(() => assertDiscreet([line({ pod: 'web', reads: 2 })], ['secret'])).not.toThrow();
  });

  it.each([
    ['a secret', { error: 'not accepted: s3cret' }, 'the secret "s3cret" is'],
    ['a JWT', { error: `401: ${Buffer.from('{"alg":"RS256"}').toString('base64url')}` }, 'a token or a key is'],
    ['an Authorization header', { code: 'Bearer 0123456789' }, 'a token or a key is'],
    ['a private key', { error: '-----BEGIN PRIVATE KEY-----' }, 'a token or a key is'],
    ['an unknown field', { spec: {} }, 'unknown field spec'],
  ])('finds %s', (_, fields, message) => {
    expect(() => assertDiscreet([line({}), line(fields)], ['s3cret'])).toThrow(message);
  });
});

describe.each(['issuer', 'token-rotation'] as const)('the check of a line of the %s function', (by) => {
  const run = (fields: object) => line({ outcome: 'failed', code: 'internal', error: 'Error: away', ...fields });

  it('accepts its own fields', () => {
    const own = { issuer: { keys: ['a'], written: [] }, 'token-rotation': { expiresAt: null } }[by];
    expect(() => assertDiscreet([run(own)], ['s3cret'], by)).not.toThrow();
  });

  it.each([
    ['a secret', { error: 'not accepted: s3cret' }, 'the secret "s3cret" is'],
    ['a token', { warning: 'eyJhbGciOiJSUzI1NiJ9' }, 'a token or a key is'],
    ['a field of the webhook', { pod: 'web' }, 'unknown field pod'],
  ])('finds %s', (_, fields, message) => {
    expect(() => assertDiscreet([run(fields)], ['s3cret'], by)).toThrow(message);
  });
});

describe('the secrets of an environment', () => {
  it('are the credentials of the role and the token in the file, and the check finds them in standard error', async () => {
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
    expect(() => assertNoSecret(`Error: 401 for ${clusterToken}`, secrets)).toThrow(`the secret "${clusterToken}" is`);
    expect(() => assertNoSecret('Error: 401 for ASIAEXAMPLE', secrets)).not.toThrow();
  });
});

describe('the secrets of a call', () => {
  it('are its token and the texts in the spec of its pod', () => {
    expect(secretsOf(eventOf())).toEqual([callerToken, specMarker, 'us-east-1', 'my-project']);
  });

  it('are its path key and the texts of a base64 body', () => {
    const event = eventOf(undefined, (changed) => {
      Object.assign(changed, { rawPath: '/k/the-path-key', headers: {}, isBase64Encoded: true });
      changed.body = Buffer.from(changed.body ?? '').toString('base64');
    });

    expect(secretsOf(event)).toEqual(['the-path-key', specMarker, 'us-east-1', 'my-project']);
  });

  it('are the texts in the template of a workload', () => {
    const spec = {
      template: { spec: { containers: [{ name: 'container', command: ['a-long-command'], args: ['-v'] }] } },
    };

    expect(specTexts({ spec })).toEqual(['a-long-command']);
  });
});
