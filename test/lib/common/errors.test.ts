// Knows what every error of cwii carries: its name, its stable code and its cause.

import { describe, expect, it } from 'vitest';
import { ClusterReadError, ConfigError, CwiiError, PlanCollisionError } from '../../../lib/common/errors.ts';

describe('an error of cwii', () => {
  it('carries its code, its message and its cause', () => {
    const cause = new Error('the disk is full');

    expect(new CwiiError('disk-full', 'nothing can be written', { cause })).toMatchObject({
      name: 'CwiiError',
      code: 'disk-full',
      message: 'nothing can be written',
      cause,
    });
  });

  it.each([
    { error: new ConfigError(['A is wrong', 'B is missing']), name: 'ConfigError', code: 'config-invalid' },
    { error: new ClusterReadError('cluster-timeout', 'no answer'), name: 'ClusterReadError', code: 'cluster-timeout' },
    { error: new PlanCollisionError('volume x'), name: 'PlanCollisionError', code: 'plan-collision' },
  ])('of the class $name says so, and has a code', ({ error, name, code }) => {
    expect(error).toBeInstanceOf(CwiiError);
    expect(error).toMatchObject({ name, code });
  });

  it('of the configuration lists every problem', () => {
    const error = new ConfigError(['A is wrong', 'B is missing']);

    expect(error.message).toContain('\n  - A is wrong\n  - B is missing');
    expect(error.problems).toEqual(['A is wrong', 'B is missing']);
  });
});
