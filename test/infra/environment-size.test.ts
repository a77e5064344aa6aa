// Knows how Lambda counts the bytes of a function's environment.

import { App, Stack } from 'aws-cdk-lib';
import { describe, expect, it } from 'vitest';
import { checkEnvironmentSize, ENVIRONMENT_LIMIT } from '../../infra/environment-size.ts';

const check = (value: string) => checkEnvironmentSize(new Stack(new App(), 'cwii-test'), { A: value });
const overhead = '{"A":""}'.length;

describe('the size of an environment', () => {
  it('may be as large as Lambda takes it', () => {
    expect(() => check('x'.repeat(ENVIRONMENT_LIMIT - overhead))).not.toThrow();
  });

  it.each([
    ['names and quotes', 'x'.repeat(ENVIRONMENT_LIMIT - overhead + 1)],
    ['the line ends of a certificate as two bytes each', '\n'.repeat(ENVIRONMENT_LIMIT / 2)],
  ])('counts %s', (_, value) => {
    expect(() => check(value)).toThrow(expect.objectContaining({ code: 'environment-too-large' }));
  });
});
