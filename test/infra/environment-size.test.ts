// Lambda's limit on a function's environment: what is counted, and what a refusal tells.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Lazy } from 'aws-cdk-lib';
import { describe, expect, it } from 'vitest';
import { checkEnvironmentSize } from '../../infra/environment-size.ts';
import { refusal } from './synth.ts';

const CA = readFileSync(join(import.meta.dirname, '..', 'cluster-file', 'ca.crt'), 'utf8');
const check = (environment: Record<string, string>) => () =>
  refusal((scope) => checkEnvironmentSize(scope, environment));

describe("an environment over Lambda's 4 KB", () => {
  it('is refused with what is large and what to do about it', () => {
    const roles = Array.from({ length: 60 }, (_, index) => `arn:aws:iam::123456789012:role/team-${index}/*`);
    const { code, message } = check({
      CWII_CLUSTER_NAME: 'prod',
      CWII_KUBE_CA: CA.repeat(3),
      CWII_ALLOWED_ROLE_ARNS: roles.join(','),
    })();
    expect(code).toBe('environment-too-large');
    expect(message).toMatch(
      /^cwii-test: the function's environment takes \d+ bytes, and Lambda allows 4096\. The largest: CWII_ALLOWED_ROLE_ARNS \(\d+\), CWII_KUBE_CA \(\d+\), CWII_CLUSTER_NAME \(6\)\. In guard rails, let one pattern with \* stand for several\. Of the API server's CA keep only/,
    );
  });

  it('is counted as JSON: names, quotes, and two characters for a line break', () => {
    const around = '{"A":""}'.length;
    expect(check({ A: 'a'.repeat(4096 - around) })).toThrow('was not refused');
    expect(check({ A: 'a'.repeat(4097 - around) })().message).toContain('takes 4097 bytes');
    expect(check({ A: '\n'.repeat(2048) })().message).toContain('takes 4104 bytes');
  });

  it('is counted with room for a value that only deployment knows', () => {
    const later = Lazy.string({ produce: () => 'arn:aws:secretsmanager:…' });
    expect(check({ A: 'a'.repeat(3900), B: later })).toThrow('was not refused');
    expect(check({ A: 'a'.repeat(3950), B: later })().code).toBe('environment-too-large');
  });
});
