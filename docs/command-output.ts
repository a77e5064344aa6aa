// Runs the commands that documents show, and returns what they print as Markdown code blocks.

import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

/** A small pod that asks for an identity. README.md and the home page of the site show what changes in it. */
const smallPod = `{
  apiVersion: v1, kind: Pod,
  metadata: { name: my-app, namespace: shop, annotations: { cwii.dev/aws-role-arn: "arn:aws:iam::123456789012:role/cwii-my-app" } },
  spec: { serviceAccountName: my-app, containers: [{ name: app, image: registry.example.com/my-app:1.0.0 }] },
}`;

let diff: string | undefined;

/** The diff of the small pod, without the header that names the pod and the lines. Two documents show it. */
export function smallDiff(): string {
  diff ??= run('node cli/main.ts preview -f - -o diff', smallPod).replace(/^(?:---|\+\+\+|@@).*\n/gm, '');
  return codeBlock('diff', diff);
}

export function help(...command: string[]): string {
  return codeBlock('text', run(`node cli/main.ts ${command.join(' ')} --help`));
}

/** A command as a reader types it, then what it prints on a terminal. */
export function shell(command: string, language = 'text'): string {
  // Without npm, which would only take more time.
  const output = run(`{ ${command.replaceAll('npm run -s cwii --', 'node cli/main.ts')}; } 2>&1`);
  return `${codeBlock('sh', command)}\n${codeBlock(language, output)}`;
}

export function codeBlock(language: string, text: string): string {
  return `\`\`\`${language}\n${text.trimEnd()}\n\`\`\`\n`;
}

/** The standard output of a shell command, run in the repository's root with this Node.js. */
function run(command: string, input = ''): string {
  const { stdout, status, stderr } = spawnSync('sh', ['-c', command.replace(/\bnode /, `"${process.execPath}" `)], {
    cwd: join(import.meta.dirname, '..'),
    encoding: 'utf8',
    input,
  });
  if (status !== 0) throw new Error(`${command} ended with status ${status}: ${stderr}`);
  return stdout;
}
