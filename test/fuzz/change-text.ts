// Changes the JSON text of a review in ways that a tree cannot represent, such as a duplicate key.

import type { Chance } from './chance.ts';
import { oddValue } from './odd-values.ts';

const changes: readonly ((chance: Chance, text: string) => string)[] = [
  // A duplicate key with another value.
  (chance, text) => {
    const found = [...text.matchAll(/"[A-Za-z]+":/g)];
    if (found.length === 0) return text;
    const { 0: key, index } = chance.pick(found);
    return `${text.slice(0, index)}${key}${JSON.stringify(oddValue(chance))},${text.slice(index)}`;
  },
  // Cut off.
  (chance, text) => text.slice(0, chance.below(text.length + 1)),
  // One character replaced.
  (chance, text) => {
    const at = chance.below(text.length);
    return `${text.slice(0, at)}${chance.pick(['"', '{', '}', ',', '\\', '\u0000', '\ud800', '9', 'é'])}${text.slice(at + 1)}`;
  },
  // A letter replaced with an escape sequence.
  (chance, text) => {
    const at = text.indexOf('a', chance.below(text.length));
    return at === -1
      ? text
      : `${text.slice(0, at)}${chance.pick(['\\u0000', '\\ud800', '\\u0061'])}${text.slice(at + 1)}`;
  },
  // Text that only a lenient parser accepts.
  (_, text) => `\ufeff${text}`,
  (_, text) => `${text} // comment`,
  (_, text) => text.replace('}', ',}'),
  (_, text) => text.replace(/:(true|false|null)/, ':NaN'),
  (_, text) => `${text}${text}`,
  // Any amount of white space, which is allowed.
  (chance, text) => `${' \n'.repeat(chance.pick([1, 1000]))}${text}\t`,
  (chance, _) => chance.pick(['', 'null', '[]', '{}', '"text"', '0', 'true', '[[[[', '{"a":1}', '\u0000', '%7B%7D']),
];

export function changeText(chance: Chance, text: string): string {
  if (text === '') return text;
  return chance.pick(changes)(chance, text);
}
