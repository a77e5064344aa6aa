// The administrator's machine: a checkout of cwii, and a shell with the programs of the guide.

import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { controlPlaneBinary } from '../../testing/kubernetes.ts';
import { type Ended, run } from '../../testing/run.ts';

const ROOT = join(import.meta.dirname, '..', '..');

/** Version 1 of the AWS CLI, which is on PyPI, does what this option of version 2 asks for. */
const withoutBinaryFormat = `for word do shift; case $word in
  --cli-binary-format|raw-in-base64-out) ;;
  *) set -- "$@" "$word" ;;
esac; done
`;

/** The names of AWS's hosts lead nowhere here, so openssl connects to them through the proxy. */
const throughProxy = `PATH=\${PATH#*:}
if [ "$1" = s_client ]; then shift; set -- s_client -proxy "\${https_proxy#http://}" "$@"; fi
exec openssl "$@"`;

export interface MachineOptions {
  readonly directory: string;
  /** Credentials of AWS and the kubeconfig, among others. */
  readonly env: Readonly<Record<string, string>>;
  /** A Python with the AWS CLI. */
  readonly python: string;
}

export class Machine {
  /** The checkout, in which all commands run. */
  readonly folder: string;
  readonly #home: string;
  readonly #env: Readonly<Record<string, string>>;

  static async create({ directory, env, python }: MachineOptions): Promise<Machine> {
    const machine = new Machine(directory, env);
    await mkdir(machine.folder);
    const names = (await readdir(ROOT)).filter((name) => !name.startsWith('.'));
    for (const name of names) await symlink(join(ROOT, name), machine.path(name));
    await machine.#addPrograms({
      aws: `${withoutBinaryFormat}exec ${python} -m awscli "$@"`,
      kubectl: `exec ${await controlPlaneBinary()} kubectl "$@"`,
      sudo: 'exec "$@"',
      openssl: throughProxy,
    });
    // A terminal would ask these questions.
    const answers = { requireApproval: 'never', notices: false, versionReporting: false, progress: 'events' };
    await writeFile(join(machine.#home, '.cdk.json'), JSON.stringify(answers));
    return machine;
  }

  private constructor(directory: string, env: Readonly<Record<string, string>>) {
    this.folder = join(directory, 'cwii');
    this.#home = join(directory, 'home');
    const PATH = `${join(this.#home, 'bin')}:${join(ROOT, 'node_modules', 'node', 'bin')}:${process.env.PATH}`;
    this.#env = {
      ...env,
      PATH,
      HOME: this.#home,
      CI: 'true',
      KUBERC: 'off',
      CDK_DISABLE_CLI_TELEMETRY: 'true',
      CDK_VALIDATION: 'false',
    };
  }

  async #addPrograms(programs: Readonly<Record<string, string>>): Promise<void> {
    await mkdir(join(this.#home, 'bin'), { recursive: true });
    for (const [name, script] of Object.entries(programs))
      await writeFile(join(this.#home, 'bin', name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  }

  path(...names: string[]): string {
    return join(this.folder, ...names);
  }

  read(...names: string[]): Promise<string> {
    return readFile(this.path(...names), 'utf8');
  }

  /** Runs commands in bash until the first one fails. Variables stay for the next call, as in a terminal. */
  attempt(commands: string): Promise<Ended> {
    const variables = join(this.#home, 'variables');
    const script = [
      'set -ae',
      `[ ! -e ${variables} ] || . ${variables}`,
      'cd "$0"',
      commands,
      // Bash does not stop at a failure before &&.
      'status=$?',
      `export -p > ${variables}`,
      'exit $status',
    ].join('\n');
    return run(['bash', '-c', script, this.folder], { env: this.#env });
  }

  /** @returns the standard output. @throws if a command fails. */
  async run(commands: string): Promise<string> {
    const { code, signal, stdout, stderr } = await this.attempt(commands);
    if (code !== 0) throw new Error(`${commands}\nended with ${signal ?? code}:\n${stdout}${stderr}`);
    return stdout;
  }
}
