// Where answers come from: a flag, the person at the terminal, or a default; and which are missing when nobody can be asked.

import { createInterface, type Interface } from 'node:readline/promises';
import { z } from 'zod';
import { CwiiError } from '../../lib/common/errors.ts';

export interface Question {
  /** The flag that answers it, with what it takes: `--name <name>`. */
  readonly flag: string;
  readonly words: string;
  readonly given: string | undefined;
  readonly byDefault?: string | undefined;
  /** What cwii.yaml accepts here. */
  readonly schema: z.ZodType;
}

export class Answers implements Disposable {
  readonly #terminal: Interface | undefined;
  readonly #closed = new AbortController();
  readonly #missing: string[] = [];

  /** @param interactive whether somebody sits there to be asked. */
  constructor(interactive: boolean) {
    if (!interactive) return;
    this.#terminal = createInterface({ input: process.stdin, output: process.stderr });
    // Ctrl-C and Ctrl-D: a question that nobody can answer any more would wait for ever.
    this.#terminal.once('close', () => this.#closed.abort());
  }

  /** @throws {CwiiError} `answer-invalid` for a flag's value that cwii.yaml would not take. */
  async to({ flag, words, given, byDefault, schema }: Question): Promise<string> {
    if (given !== undefined) {
      const problem = problemOf(schema, given);
      if (problem) throw new CwiiError('answer-invalid', `${flag.split(' ')[0]} ${problem}`);
      return given;
    }
    if (!this.#terminal) {
      if (byDefault === undefined) this.#missing.push(`${flag}   ${words}`);
      return byDefault ?? '';
    }
    for (;;) {
      const shown = byDefault ? ` [${byDefault}]` : '';
      const answer = (await this.#read(`${words}${shown}: `)) || (byDefault ?? '');
      const problem = answer === '' && byDefault === '' ? undefined : problemOf(schema, answer);
      if (!problem) return answer;
      process.stderr.write(`  that ${problem}\n`);
    }
  }

  /** One of a few words. */
  async choose<const Choice extends string>(
    choices: readonly Choice[],
    question: Omit<Question, 'schema'> & { readonly byDefault: Choice },
  ): Promise<Choice> {
    const list = choices.join(', ');
    const schema = z.enum(choices, { error: `is none of ${list}` });
    const answer = await this.to({ ...question, words: `${question.words} (${list})`, schema });
    return choices.find((choice) => choice === answer) ?? question.byDefault;
  }

  async #read(question: string): Promise<string> {
    try {
      return ((await this.#terminal?.question(question, { signal: this.#closed.signal })) ?? '').trim();
    } catch (error) {
      throw new CwiiError('answers-ended', 'nothing was written', { cause: error });
    }
  }

  /** @throws {CwiiError} `answers-missing` naming the flags that would have answered. */
  complete(): void {
    if (this.#missing.length === 0) return;
    throw new CwiiError(
      'answers-missing',
      `there is no terminal to ask at; add these:\n  ${this.#missing.join('\n  ')}`,
    );
  }

  [Symbol.dispose](): void {
    this.#terminal?.close();
  }
}

function problemOf(schema: z.ZodType, answer: string): string | undefined {
  const { success, error } = schema.safeParse(answer);
  return success ? undefined : (error.issues[0]?.message ?? 'is not accepted');
}
