// Knows that what watches the log of every suite finds what must not be there.

import { describe, expect, it } from 'vitest';
import { assertDiscreet, secretsOf, specTexts } from '../fakes/discreet-log.ts';
import { eventOf } from '../fakes/events.ts';
import { callerToken, specMarker } from '../fakes/secrets.ts';

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
