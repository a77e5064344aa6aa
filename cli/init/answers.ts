// Gets the answers of `cwii init` from options, from a terminal or from defaults, and collects missing ones.

import { createInterface, type Interface } from 'node:readline/promises';
import { z } from 'zod';
import { escapeControls, escapeControlsInLines } from '../../lib/common/control-characters.ts';
import { withCode } from '../../lib/common/describe-error.ts';
import { CwiiError } from '../../lib/common/errors.ts';
import { note } from '../report.ts';
import { shellWord } from '../shell-word.ts';

export interface Question {
  /** The option that answers it, with its argument: `--name <name>`. */
  readonly option: string;
  readonly prompt: string;
  /** The value of the option. */
  readonly value: string | undefined;
  /** An empty default makes the answer optional. */
  readonly byDefault?: string | undefined;
  /** The values that cwii.yaml accepts. */
  readonly schema: z.ZodType;
}

export class Answers implements Disposable {
  readonly #terminal: Interface | undefined;
  readonly #closed = new AbortController();
  readonly #missing: string[] = [];
  readonly #invalid: string[] = [];
  /** The options that would have given the answers that were typed. */
  readonly #given: string[] = [];

  /** @param interactive whether questions can be asked at a terminal. */
  constructor(interactive: boolean) {
    if (!interactive) return;
    this.#terminal = createInterface({ input: process.stdin, output: process.stderr });
    // After Ctrl-C or Ctrl-D a pending question would never be answered.
    this.#terminal.once('close', () => this.#closed.abort());
  }

  /** Without a terminal, the problems are collected until checkComplete(), and the answer is the default. */
  async ask({ option, prompt, value, byDefault, schema }: Question): Promise<string> {
    if (value !== undefined) {
      const problem = problemOf(schema, value);
      if (!problem) return value;
      const invalid = `${option.split(' ')[0]} ${problem}`;
      if (this.#terminal) throw new CwiiError('answer-invalid', invalid);
      this.#invalid.push(invalid);
      return byDefault ?? '';
    }
    if (!this.#terminal) {
      if (byDefault === undefined) this.#missing.push(`${option}   ${prompt}`);
      return byDefault ?? '';
    }
    for (;;) {
      const shownDefault = byDefault ? ` [${byDefault}]` : '';
      const answer = (await this.#read(escapeControls(`${prompt}${shownDefault}: `))) || (byDefault ?? '');
      const problem = answer === '' && byDefault === '' ? undefined : problemOf(schema, answer);
      if (!problem) {
        if (answer !== '') this.#given.push(`${option.split(' ')[0]} ${shellWord(answer)}`);
        return answer;
      }
      process.stderr.write(escapeControlsInLines(`  ${withCode(`The answer ${problem}`, 'answer-invalid')}\n`));
    }
  }

  /** Asks for one of a few words. */
  async choose<const Choice extends string>(
    choices: readonly Choice[],
    question: Omit<Question, 'schema'> & { readonly byDefault: Choice },
  ): Promise<Choice> {
    const list = choices.join(', ');
    const schema = z.enum(choices, { error: `must be one of ${list}` });
    const answer = await this.ask({ ...question, prompt: `${question.prompt} (${list})`, schema });
    return choices.find((choice) => choice === answer) ?? question.byDefault;
  }

  async #read(question: string): Promise<string> {
    try {
      return ((await this.#terminal?.question(question, { signal: this.#closed.signal })) ?? '').trim();
    } catch (error) {
      throw new CwiiError('answers-ended', 'the questions were interrupted, so nothing was written', { cause: error });
    }
  }

  /**
   * @throws {CwiiError} `answer-invalid` for options with values that cwii.yaml would not accept, or
   * `answers-missing` with the options that would have answered.
   */
  checkComplete(): void {
    if (this.#invalid.length > 0) throw new CwiiError('answer-invalid', this.#invalid.join('\n'));
    if (this.#missing.length === 0) return;
    throw new CwiiError(
      'answers-missing',
      `cwii init cannot ask questions here, and some answers have no default; add these options:\n  ${this.#missing.join('\n  ')}`,
    );
  }

  /** After a failure: how to run the command again without typing the answers again. */
  showGiven(): void {
    if (this.#given.length > 0) note(`to keep your answers, add these options: ${this.#given.join(' ')}`);
  }

  get interactive(): boolean {
    return this.#terminal !== undefined;
  }

  [Symbol.dispose](): void {
    this.#terminal?.close();
  }
}

function problemOf(schema: z.ZodType, answer: string): string | undefined {
  const { success, error } = schema.safeParse(answer);
  return success ? undefined : (error.issues[0]?.message ?? 'is not valid');
}
