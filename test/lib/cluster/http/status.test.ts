// Tests of the status table: code, reason and remedy of each failure, and what an operator reads.

import { describe, expect, it } from 'vitest';
import {
  ApiError,
  type FailureContext,
  type FailureKind,
  statusError,
  statusMessage,
  transportError,
} from '../../../../lib/cluster/http/status.ts';
import { AnswerTooLargeError, IncompleteAnswerError } from '../../../../lib/cluster/http/transport.ts';
import { DeadlineExceededError } from '../../../../lib/common/deadline.ts';

const context: FailureContext = { subject: 'Namespace shop could not be read from the cluster' };
const answered = (status: number, body = '', headers = {}) => statusError({ status, headers, body }, context);
const status = (message: unknown) => JSON.stringify({ kind: 'Status', apiVersion: 'v1', message });

describe('the error for a status', () => {
  it.each([
    [401, 'cluster-unauthorized', true],
    [403, 'cluster-forbidden', false],
    [404, 'cluster-answer-unexpected', false],
    [302, 'cluster-redirected', false],
    [400, 'cluster-answer-unexpected', false],
    [422, 'cluster-answer-unexpected', false],
    [429, 'cluster-answer-unexpected', true],
    [500, 'cluster-answer-unexpected', true],
    [503, 'cluster-answer-unexpected', true],
  ])('%i has the code %s, and is retryable: %s', (httpStatus, code, retryable) => {
    expect(answered(httpStatus)).toMatchObject({
      code,
      retryable,
      retryAfterMs: 0,
      reason: expect.stringMatching(new RegExp(`\\(HTTP ${httpStatus}\\)$`)),
    });
  });

  it('says what was requested, the reason, the remedy, and what the API server says', () => {
    expect(answered(302, status('moved')).message).toBe(
      'Namespace shop could not be read from the cluster: the API server answered with a redirect, which cwii does not follow (HTTP 302); check CWII_KUBE_API_URL. The API server says: moved',
    );
  });

  it.each([
    ['1', 1000],
    ['9999', 9_999_000],
    ['99999', 0],
    ['-1', 0],
    ['1.5', 0],
    ['Sun, 01 Nov 2026 00:00:00 GMT', 0],
  ])('has the pause of Retry-After: %s', (value, milliseconds) => {
    expect(answered(429, '', { 'retry-after': value }).retryAfterMs).toBe(milliseconds);
  });

  it.each([
    [401, 0],
    [403, 0],
    [503, 1000],
  ])('%i has a pause of %i ms for a Retry-After of one second', (httpStatus, milliseconds) => {
    expect(answered(httpStatus, '', { 'retry-after': '1' }).retryAfterMs).toBe(milliseconds);
  });
});

describe('the error for a request without a complete answer', () => {
  it.each([
    ['exceeded its deadline', new DeadlineExceededError(), 'cluster-timeout', true],
    ['was aborted', Object.assign(new Error('aborted'), { name: 'AbortError' }), 'cluster-timeout', true],
    ['got too large an answer', new AnswerTooLargeError(), 'cluster-answer-unreadable', false],
    ['got an incomplete answer', new IncompleteAnswerError(), 'cluster-unreachable', true],
    ['failed for an unknown reason', 'nothing', 'cluster-unreachable', true],
  ])('that %s has the code of it', (_, cause, code, retryable) => {
    expect(transportError(cause, context)).toMatchObject({ code, retryable, cause });
  });

  it('names the code of the network error, but not the address in its reason', () => {
    const refused = Object.assign(new Error('connect ECONNREFUSED 10.0.0.1:6443'), { code: 'ECONNREFUSED' });

    expect(transportError(refused, context).reason).toBe('no connection to the API server (ECONNREFUSED)');
  });
});

describe('the error for a certificate', () => {
  it.each([
    'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
    'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
    'DEPTH_ZERO_SELF_SIGNED_CERT',
    'SELF_SIGNED_CERT_IN_CHAIN',
    'CERT_SIGNATURE_FAILURE',
  ])('that nobody trusts names CWII_KUBE_CA: %s', (code) => {
    const error = transportError(Object.assign(new Error('tls'), { code }), context);

    expect(error).toMatchObject({ code: 'cluster-unreachable', retryable: true });
    expect(error.message).toBe(
      `Namespace shop could not be read from the cluster: the API server's certificate cannot be verified with CWII_KUBE_CA (${code}); set CWII_KUBE_CA to the CA that signed it, or check that CWII_KUBE_API_URL is the API server`,
    );
  });

  it.each(['CERT_HAS_EXPIRED', 'CERT_NOT_YET_VALID', 'ERR_TLS_CERT_ALTNAME_INVALID'])(
    'that is not valid names the certificate: %s',
    (code) => {
      expect(transportError(Object.assign(new Error('tls'), { code }), context)).toMatchObject({
        code: 'cluster-unreachable',
        reason: `the API server's certificate is expired, or not for the host of CWII_KUBE_API_URL (${code})`,
      });
    },
  );
});

describe('a row of the table', () => {
  it('can be overridden for a request', () => {
    const overrides: FailureContext['overrides'] = {
      forbidden: { code: 'token-forbidden', reason: 'it may not', remedy: 'bind a Role' },
    };

    expect(statusError({ status: 403, headers: {}, body: '' }, { ...context, overrides })).toMatchObject({
      code: 'token-forbidden',
      retryable: false,
      message: `${context.subject}: it may not (HTTP 403); bind a Role`,
    });
    expect(answered(401).code).toBe('cluster-unauthorized');
  });

  it.each<FailureKind>(['credential-unreadable', 'credential-timeout', 'unreadable'])(
    'puts the note for operators into the message only: %s',
    (kind) => {
      const error = new ApiError(kind, context, { note: ': /etc/cwii/token' });

      expect(error.message).toContain('/etc/cwii/token');
      expect(error.reason).not.toContain('/etc/cwii/token');
    },
  );
});

describe("the API server's own message", () => {
  it('is on one line, and has at most 300 characters', () => {
    expect(statusMessage(status('secrets "a" is forbidden'))).toBe('secrets "a" is forbidden');
    expect(statusMessage(status(' a\n\t b\u2028c '))).toBe('a b c');
    expect(statusMessage(status('x'.repeat(10_000)))).toBe('x'.repeat(300));
  });

  it.each([
    ["a proxy's page", '<html>503</html>'],
    ['another object', '{"kind":"Pod","message":"hello"}'],
    ['a Status without a message', status(undefined)],
    ['a Status with an empty message', status(' ')],
    ['a Status whose message is not text', status({})],
    ['an incomplete Status', '{"kind":"Status"'],
    ['null', 'null'],
    ['an empty body', ''],
  ])('is missing in %s', (_, body) => {
    expect(statusMessage(body)).toBeUndefined();
  });
});
