// The commands of the guides, by document and heading, as a reader pastes them into a terminal.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export class Guide {
  /** The shell blocks below each heading. */
  readonly #commands = new Map<string, readonly string[]>();
  readonly #yaml = new Map<string, string>();
  /** The commands in tables, by the first words of their row. */
  readonly #tableCommands = new Map<string, string>();
  readonly #name: string;

  /** @param name of a document in docs/. */
  constructor(name: string) {
    this.#name = name;
    const text = readFileSync(join(import.meta.dirname, '..', '..', 'docs', name), 'utf8');
    for (const [, subject = '', command = ''] of text.matchAll(/^\| ([^|`]+?) \| `((?:[^`|]|\\\|)+)`/gm))
      this.#tableCommands.set(subject, command.replaceAll('\\|', '|'));
    for (const section of text.split(/^#+ /m)) {
      const [heading = '', ...lines] = section.split('\n');
      const blocks = [...lines.join('\n').matchAll(/^( *)```(sh|yaml)\n([\s\S]*?)^ *```$/gm)].map(
        ([, indent = '', language, block = '']) => ({
          language,
          text: block.replaceAll(new RegExp(`^${indent}`, 'gm'), ''),
        }),
      );
      const commands = blocks.filter(({ language }) => language === 'sh');
      this.#commands.set(
        heading,
        commands.map((block) => block.text),
      );
      this.#yaml.set(heading, blocks.find(({ language }) => language === 'yaml')?.text ?? '');
    }
  }

  /** @param index of the shell block below the heading. @throws if there is none. */
  commands(heading: string, index = 0): string {
    const block = this.#commands.get(heading)?.[index];
    if (block === undefined) throw new Error(`docs/${this.#name} has no commands ${index} below "${heading}"`);
    return block;
  }

  /** The first command in a row of a table. @param subject how the row begins. @throws if there is none. */
  tableCommand(subject: string): string {
    const command = [...this.#tableCommands].find(([row]) => row.startsWith(subject))?.[1];
    if (command === undefined) throw new Error(`docs/${this.#name} has no command in a row "${subject}"`);
    return command;
  }

  /** The YAML block below a heading, which a reader pastes into cwii.yaml. */
  yaml(heading: string): string {
    const block = this.#yaml.get(heading);
    if (!block) throw new Error(`docs/${this.#name} has no YAML below "${heading}"`);
    return block;
  }
}

export const deploying = new Guide('deploying.md');
export const issuer = new Guide('issuer.md');
export const otherwise = new Guide('deploying-otherwise.md');
