// Tests the form of log lines: their level, their fields, and how an error is written.

import { afterEach, describe, expect, it, vi } from 'vitest';
import { CwiiError } from '../../../lib/common/errors.ts';
import { errorChain, logCredential, logRequest, type RequestLog } from '../../../lib/common/log.ts';

const entry: RequestLog = { outcome: 'admitted', status: 200, milliseconds: 1.5, coldStart: false };

function lineOf(change: Partial<RequestLog> = {}, cluster?: string) {
  const lines: string[] = [];
  logRequest(cluster, { ...entry, ...change }, (line) => void lines.push(line));
  expect(lines).toHaveLength(1);
  return lines[0] ?? '';
}

describe('The log line of a request', () => {
  afterEach(() => void vi.restoreAllMocks());

  it('is one line of JSON with time, level and entry', () => {
    const line = lineOf();

    expect(line).toMatch(/^[^\n]+\n$/);
    expect(JSON.parse(line)).toEqual({ time: expect.stringMatching(/^\d{4}-\d\d-\d\dT/), level: 'info', ...entry });
  });

  it('is one line even if an error contains line breaks', () => {
    expect(lineOf({ error: 'first\nsecond\u2028third' }).match(/\n/g)).toHaveLength(1);
  });

  it('contains the cluster’s name if there is one', () => {
    expect(JSON.parse(lineOf({}, 'prod-eu'))).toMatchObject({ cluster: 'prod-eu' });
    expect(JSON.parse(lineOf())).not.toHaveProperty('cluster');
  });

  it.each<{ change: Partial<RequestLog>; level: string }>([
    { change: { outcome: 'admitted', status: 200 }, level: 'info' },
    { change: { outcome: 'skipped', status: 200 }, level: 'info' },
    { change: { outcome: 'denied', status: 200 }, level: 'warn' },
    { change: { outcome: 'refused', status: 400 }, level: 'warn' },
    { change: { outcome: 'refused', status: 401 }, level: 'warn' },
    { change: { outcome: 'failed', status: 500 }, level: 'error' },
    { change: { outcome: 'failed', status: 503 }, level: 'error' },
  ])('with outcome $change.outcome and status $change.status has the level $level', ({ change, level }) => {
    expect(JSON.parse(lineOf(change))).toMatchObject({ level });
  });

  it('goes to standard output by default', () => {
    const write = vi.spyOn(process.stdout, 'write').mockReturnValue(true);

    logRequest(undefined, entry);

    expect(write).toHaveBeenCalledExactlyOnceWith(expect.stringContaining('"outcome":"admitted"'));
  });
});

describe('errorChain', () => {
  it('lists an error with all its causes', () => {
    const error = new CwiiError('internal', 'outer', { cause: new TypeError('inner', { cause: 'a text' }) });

    expect(errorChain(error)).toBe('CwiiError: outer <- TypeError: inner <- a text');
  });

  it('contains no stack trace', () => {
    expect(errorChain(new Error('outer'))).toBe('Error: outer');
  });

  it('ends if an error is its own cause', () => {
    const loop = new Error('again');
    loop.cause = loop;

    expect(errorChain(loop).split(' <- ')).toHaveLength(5);
  });
});

describe('The log line of a token that was not refreshed', () => {
  it('is a warning with the cause', () => {
    const lines: string[] = [];
    const error = new CwiiError('credential-unreadable', 'STS is away', { cause: new Error('ECONNREFUSED') });
    logCredential('prod-eu', error, (line) => void lines.push(line));

    expect(lines.map((line) => JSON.parse(line))).toEqual([
      {
        time: expect.stringMatching(/^\d{4}-/),
        level: 'warn',
        cluster: 'prod-eu',
        outcome: 'credential',
        code: 'credential-not-renewed',
        error: 'CwiiError: STS is away <- Error: ECONNREFUSED',
      },
    ]);
  });
});
