// examples/cluster/serve.yaml starts `cwii serve` with options and settings that there are.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { settings } from '../../lib/settings/webhook-settings.ts';
import { cwii } from '../cli/command.ts';

interface Deployment {
  readonly kind: string;
  readonly spec: {
    readonly template: {
      readonly spec: {
        readonly terminationGracePeriodSeconds: number;
        readonly containers: readonly [{ readonly args: readonly string[]; readonly env: readonly { name: string }[] }];
      };
    };
  };
}

const file = join(import.meta.dirname, '..', '..', 'examples', 'cluster', 'serve.yaml');
const documents = parseAllDocuments(readFileSync(file, 'utf8')).map((document) => document.toJS());
const [{ spec }] = documents.filter(({ kind }) => kind === 'Deployment') as [Deployment];
const [{ args, env }] = spec.template.spec.containers;

test('its options are those of the command', async () => {
  const [command = '', ...options] = args;
  const { stdout } = await cwii([command, '--help']);

  for (const option of options) expect(stdout).toMatch(new RegExp(`^ +${option.split('=')[0]} <`, 'm'));
});

test('its variables are settings of the webhook', () => {
  for (const { name } of env) expect(settings).toHaveProperty(name);
});

test('a server has the time that it takes to end', () => {
  expect(spec.template.spec.terminationGracePeriodSeconds).toBeGreaterThan(8);
});
