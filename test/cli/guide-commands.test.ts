// The commands in the documents exist, with their options.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { cwii } from './command.ts';

const ROOT = join(import.meta.dirname, '..', '..');

/** Each `cwii COMMAND …` in the code blocks of a document, with continued lines joined. */
function commandsIn(document: string): string[] {
  const blocks = readFileSync(join(ROOT, document), 'utf8').match(/^ *```sh\n[\s\S]*?^ *```$/gm) ?? [];
  return blocks.flatMap((block) =>
    block
      .replace(/\\\n/g, ' ')
      .split('\n')
      .flatMap((line) => /npm run -s cwii -- ([^#|]+)/.exec(line)?.[1]?.trim() ?? []),
  );
}

describe.concurrent.each(['README.md', 'docs/deploying.md', 'docs/serving.md', 'docs/tutorial.md'])(
  '%s',
  (document) => {
    test.for(commandsIn(document))('has a command with options that there are: %s', async (line) => {
      const [command = '', ...words] = line.split(/\s+/);
      const options = words.filter((word) => word.startsWith('--'));

      const { status, stdout } = await cwii([command, '--help']);

      expect(status).toBe(0);
      for (const option of options) expect(stdout).toMatch(new RegExp(`^ +(-\\w, )?${option}\\b`, 'm'));
    });
  },
);
