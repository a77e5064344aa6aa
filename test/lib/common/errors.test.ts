// Tests of the error classes: code, message and cause, and the attempts of a failed read.

import { describe, expect, it } from 'vitest';
import { errorCodeGroups, errorCodes } from '../../../lib/common/error-codes.ts';
import { ClusterReadError, ConfigError, CwiiError, PlanCollisionError } from '../../../lib/common/errors.ts';

describe('an error', () => {
  it.each([
    { error: new ConfigError(['A is wrong', 'B is missing']), name: 'ConfigError', code: 'config-invalid' },
    { error: new ClusterReadError('cluster-timeout', 'no answer'), name: 'ClusterReadError', code: 'cluster-timeout' },
    { error: new PlanCollisionError('volume x'), name: 'PlanCollisionError', code: 'plan-collision' },
  ])('of the class $name has this name and the code $code', ({ error, name, code }) => {
    expect(error).toBeInstanceOf(CwiiError);
    expect(error).toMatchObject({ name, code });
  });

  it('of the configuration lists every problem', () => {
    const error = new ConfigError(['A is wrong', 'B is missing']);

    expect(error.message).toContain('\n  - A is wrong\n  - B is missing');
    expect(error.problems).toEqual(['A is wrong', 'B is missing']);
  });
});

describe('a failed read', () => {
  it('keeps its code, message and cause when the attempts of other reads are added', () => {
    const cause = new Error('ECONNRESET');
    const error = new ClusterReadError('cluster-timeout', 'no answer', { attempts: 2, cause });

    const ofAll = error.withAttempts(5);

    expect(error.attempts).toBe(2);
    expect(ofAll).toMatchObject({ code: 'cluster-timeout', message: 'no answer', attempts: 5, cause });
  });
});

describe('the catalogue of error codes', () => {
  it('has each code in one group only', () => {
    const grouped = errorCodeGroups.flatMap(({ codes }) => Object.keys(codes));

    expect(grouped.toSorted()).toEqual(Object.keys(errorCodes).toSorted());
  });

  it.each(Object.entries(errorCodes))('says what %s means and what to do', (code, { meaning, remedy }) => {
    expect(code).toMatch(/^[a-z]+(-[a-z]+)*$/);
    for (const text of [meaning, remedy]) expect(text).toMatch(/^[^\s].{5,}[.]$/);
  });
});
