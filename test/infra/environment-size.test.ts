// Tests for the check of Lambda's limit on a function's environment.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Lazy } from 'aws-cdk-lib';
import { describe, expect, it } from 'vitest';
import { checkEnvironmentSize } from '../../infra/environment-size.ts';
import { synthError } from './synth.ts';

const CA = readFileSync(join(import.meta.dirname, '..', 'cluster-file', 'ca.crt'), 'utf8');
const check = (environment: Record<string, string>) => () =>
  synthError((scope) => checkEnvironmentSize(scope, environment));

describe("an environment over Lambda's 4 KB", () => {
  it('is rejected with its largest variables and remedies', () => {
    const roles = Array.from({ length: 60 }, (_, index) => `arn:aws:iam::123456789012:role/team-${index}/*`);
    const { code, message } = check({
      CWII_CLUSTER_NAME: 'prod',
      CWII_KUBE_CA: CA.repeat(3),
      CWII_ALLOWED_ROLE_ARNS: roles.join(','),
    })();
    expect(code).toBe('environment-too-large');
    expect(message).toMatch(
      /^cwii-test: the function's environment takes \d+ bytes, but Lambda allows 4096\. The largest variables are CWII_ALLOWED_ROLE_ARNS \(\d+\), CWII_KUBE_CA \(\d+\), CWII_CLUSTER_NAME \(6\)\. Replace several guard rail patterns by one with \*\. Instead of a CA bundle pass only/,
    );
  });

  it('is measured as JSON: names, quotes, and two characters for a line break', () => {
    const around = '{"A":""}'.length;
    expect(check({ A: 'a'.repeat(4096 - around) })).toThrow('synth did not fail');
    expect(check({ A: 'a'.repeat(4097 - around) })().message).toContain('takes 4097 bytes');
    expect(check({ A: '\n'.repeat(2048) })().message).toContain('takes 4104 bytes');
  });

  it('is measured with a reserve for values that are known only at deployment', () => {
    const later = Lazy.string({ produce: () => 'arn:aws:secretsmanager:…' });
    expect(check({ A: 'a'.repeat(3900), B: later })).toThrow('synth did not fail');
    expect(check({ A: 'a'.repeat(3950), B: later })().code).toBe('environment-too-large');
  });
});
