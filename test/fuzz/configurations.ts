// Fuzz subject: the parser of the configuration with any values in the variables.

import { ConfigError } from '../../lib/common/errors.ts';
import { parseConfig } from '../../lib/settings/webhook-config.ts';
import { settings } from '../../lib/settings/webhook-settings.ts';
import { Chance } from './chance.ts';
import { oddText } from './odd-values.ts';
import type { Checked, Subject } from './subject.ts';

const digest = '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08';

/** A user may set the secret instead of its digest. */
const secret = 'secret-in-place-of-its-digest';
const forSecrets = /^CWII_(CALLER_TOKEN|PATH_KEY)_SHA256$/;

const names = Object.keys(settings);
const plausible = [
  digest,
  `${digest},${digest}`,
  'true',
  'false',
  '3600',
  '0',
  '61',
  'https://api.example.com:6443/base/',
  'https://user:password@api.example.com/?a=b#c',
  'http://api.example.com',
  'file:/etc/cwii/token',
  'web-identity:cwii:prod',
  'secret:arn:aws:secretsmanager:eu-central-1:123456789012:secret:cwii',
  'eks:prod',
  'none',
  'argoproj.io/v1alpha1/rollouts=Rollout',
  '*,arn:aws:iam::*:role/${namespace}/*',
  '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----',
  '/var/run/secrets/cwii.dev',
  '/../x',
];

const longestMs = 5_000;

function generate(seed: number, index: number): Record<string, string> {
  const chance = new Chance(seed, index);
  const env: Record<string, string> = {};
  if (!chance.onceIn(3)) env['CWII_CALLER_TOKEN_SHA256'] = digest;
  const count = chance.few(8);
  for (let made = 0; made < count; made += 1) {
    const name = chance.onceIn(40) ? `CWII_${oddText(chance)}` : chance.pick(names);
    const value = chance.onceIn(3) ? oddText(chance) : chance.pick(plausible);
    env[name] = forSecrets.test(name) && chance.onceIn(3) ? secret : value;
  }
  return env;
}

export const configurations: Subject = {
  async check(seed, index): Promise<Checked> {
    const env = generate(seed, index);
    const began = performance.now();
    let problem: string | undefined;
    let kind = 'usable';
    try {
      const { callers } = parseConfig(env);
      const digests = callers.tokenDigests.length + callers.pathKeyDigests.length;
      if (!callers.anonymous && digests === 0)
        problem = 'there is no digest and anonymous calls are off, so nobody could call';
      if (callers.anonymous && digests > 0) problem = 'anonymous calls are allowed although there is a digest';
    } catch (error) {
      kind = 'refused';
      problem = judge(error);
    }
    const milliseconds = performance.now() - began;
    if (milliseconds > longestMs) problem ??= `it took ${Math.round(milliseconds)} ms`;
    return { problem, kind: problem ? 'violation' : kind, milliseconds };
  },
  async show(seed, index) {
    return generate(seed, index);
  },
};

function judge(error: unknown): string | undefined {
  if (!(error instanceof ConfigError)) return `it threw ${String(error)}`;
  if (error.problems.length === 0) return 'the configuration is rejected without a problem';
  if (error.message.includes(secret)) return 'the message contains a secret';
  const nameless = error.problems.find((problem) => !problem.includes('CWII_'));
  return nameless && `a problem does not name its variable: ${nameless}`;
}
