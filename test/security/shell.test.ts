// No annotation becomes a command: a real `sh` runs the scripts of cwii's containers with hostile values.

import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseMutateSettings } from '../../lib/settings/webhook-config.ts';
import { admit } from '../properties/pods.ts';
import { installTools } from '../sdk/fake-tools.ts';

/** Most would create a file `stolen` in the working directory if a shell evaluated them. */
const hostile = [
  '$(touch${IFS}stolen)',
  '`touch${IFS}stolen`',
  '";touch${IFS}stolen;"',
  "';touch${IFS}stolen;'",
  '$(touch stolen)',
  '" || touch stolen #',
  "' || touch stolen #",
  '&&touch${IFS}stolen&&',
  '|touch${IFS}stolen',
  '>stolen',
  '\n touch stolen\n',
  '$(HOME)',
  '$(AWS_WEB_IDENTITY_TOKEN_FILE)',
  '$$(AWS_ROLE_ARN)',
  '${HOME}',
  '$HOME',
  '\\$(HOME)',
  '%s%n',
  '-o /tmp/x',
  '*',
  '~',
  '$',
  '\u0000',
];

/**
 * Kubernetes' expansion of `$(NAME)` and `$$` in commands and values (third_party/forked/golang/expansion).
 */
function expand(text: string, values: Readonly<Record<string, string>>): string {
  return text.replaceAll(/\$(?:\$|\(([^)]*)\))/g, (all, name?: string) =>
    name === undefined ? '$' : Object.hasOwn(values, name) ? (values[name] ?? '') : all,
  );
}

interface OwnContainer {
  readonly name: string;
  readonly command: readonly string[];
  readonly env: readonly { readonly name: string; readonly value?: string }[];
}

let directory: string;
let settings: ReturnType<typeof parseMutateSettings>;
let tools: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'cwii-shell-'));
  settings = parseMutateSettings({ CWII_MOUNT_ROOT: `${directory}/mounts` });
  await mkdir(`${directory}/mounts/gcp-creds`, { recursive: true });
  await mkdir(`${directory}/work`);
  const fakes = await installTools(directory, [{ name: 'aws' }, { name: 'gcloud' }, { name: 'az' }]);
  tools = fakes.directory;
});
afterAll(() => rm(directory, { recursive: true }));

/** The containers that cwii adds to a pod with these annotations. */
async function ownContainers(annotations: Record<string, string>): Promise<OwnContainer[]> {
  const pod = {
    metadata: { annotations },
    spec: { serviceAccountName: 'my-app', containers: [{ name: 'app' }], initContainers: [] },
  };
  const verdict = await admit(pod, settings);
  if (verdict.kind !== 'admitted') return [];
  return verdict.patch
    .filter(({ path }) => path.startsWith('/spec/initContainers'))
    .flatMap((operation) => ('value' in operation ? (operation.value as OwnContainer | OwnContainer[]) : []));
}

function run(container: OwnContainer) {
  const env: Record<string, string> = {};
  for (const { name, value = '' } of container.env) env[name] = expand(value, env);
  const [program = '', ...args] = container.command.map((part) => expand(part, env));
  const cwd = join(directory, 'work');
  return { env, ended: spawnSync(program, args, { cwd, env: { ...env, PATH: `${tools}:/usr/bin:/bin` } }) };
}

const identity = {
  'cwii.dev/aws-role-arn': 'arn:aws:iam::123456789012:role/web',
  'cwii.dev/az-client-id': '11111111-2222-3333-4444-555555555555',
  'cwii.dev/az-tenant-id': '11111111-2222-3333-4444-555555555555',
  'cwii.dev/gcp-service-account': 'a@b.iam.gserviceaccount.com',
  'cwii.dev/gcp-audience': '//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/providers/c',
};
const delivery = { 'cwii.dev/gcp-delivery': 'init-container' };
const verify = { 'cwii.dev/aws-verify': 'true', 'cwii.dev/az-verify': 'true', 'cwii.dev/gcp-verify': 'true' };

/** Every key with a hostile text as its value, and with a hostile text inside of a valid role or account. */
const values = hostile.flatMap((text) => [
  ...[...Object.keys(identity), 'cwii.dev/aws-region', 'cwii.dev/aws-role-session-name', 'cwii.dev/aws-audience'].map(
    (key) => ({ key, text }),
  ),
  ...['cwii.dev/az-authority-host', 'cwii.dev/gcp-token-audience', 'cwii.dev/aws-verify-image'].map((key) => ({
    key,
    text,
  })),
  { key: 'cwii.dev/aws-role-arn', text: `arn:aws:iam::123456789012:role/${text}/web` },
  { key: 'cwii.dev/gcp-service-account', text: `${text}@b.iam.gserviceaccount.com` },
]);

describe('a script of a container of cwii', () => {
  it.each(['', '-enforce'])('runs no command from an annotation in the mode verify%s', async (mode) => {
    const enforce = Object.fromEntries(Object.keys(verify).map((key) => [`${key}${mode}`, 'true']));
    // A value that is refused or ignored results in no new container.
    const ran = new Set<string>();
    for (const { key, text } of values) {
      for (const container of await ownContainers({ ...identity, ...delivery, ...verify, ...enforce, [key]: text })) {
        const written = JSON.stringify(container);
        // The environment of a process cannot contain NUL.
        expect(written).not.toContain('\\u0000');
        if (ran.has(written)) continue;
        ran.add(written);
        const { env, ended } = run(container);

        expect(await readdir(join(directory, 'work')), `${container.name} with ${key} ${text}`).toEqual([]);
        expect(ended.stderr.toString(), `${container.name} with ${key} ${text}`).not.toMatch(/not found|syntax/i);
        // The variable has the value of the annotation, without the expansion of other variables.
        const role = env['AWS_ROLE_ARN'];
        if (role !== undefined && key === 'cwii.dev/aws-role-arn') expect([text]).toContain(role);
      }
    }
    expect(ran.size).toBeGreaterThan(hostile.length / 2);
  });

  it('writes the credentials file byte for byte, with any content', async () => {
    const [writer, ...more] = await ownContainers({ ...identity, ...delivery });
    expect(more).toEqual([]);
    if (!writer) throw new Error('the pod has no writer');
    for (const text of hostile.filter((value) => !value.includes('\0'))) {
      // More than an annotation can do: it bypasses the validation of the values in the file.
      const env = writer.env.map((variable) =>
        variable.name === 'CREDENTIALS' ? { ...variable, value: text.replaceAll('$', '$$$$') } : variable,
      );

      expect(run({ ...writer, env }).ended).toMatchObject({ status: 0 });

      expect(await readFile(`${directory}/mounts/gcp-creds/credentials.json`, 'utf8')).toBe(text);
      expect(await readdir(join(directory, 'work'))).toEqual([]);
    }
  });

  it('that runs a command is found', () => {
    run({ name: 'bad', command: ['sh', '-c', 'eval "$VALUE"'], env: [{ name: 'VALUE', value: 'touch stolen' }] });

    expect(spawnSync('rm', [join(directory, 'work', 'stolen')]).status).toBe(0);
  });
});
