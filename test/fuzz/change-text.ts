// Changes to a review as the text that is sent: what no tree can show, such as a key that stands there twice.

import type { Chance } from './chance.ts';
import { oddValue } from './odd-values.ts';

const changes: readonly ((chance: Chance, text: string) => string)[] = [
  // A key twice, the other value before or after.
  (chance, text) => {
    const found = [...text.matchAll(/"[A-Za-z]+":/g)];
    if (found.length === 0) return text;
    const { 0: key, index } = chance.pick(found);
    return `${text.slice(0, index)}${key}${JSON.stringify(oddValue(chance))},${text.slice(index)}`;
  },
  // Cut off.
  (chance, text) => text.slice(0, chance.below(text.length + 1)),
  // One character is another one.
  (chance, text) => {
    const at = chance.below(text.length);
    return `${text.slice(0, at)}${chance.pick(['"', '{', '}', ',', '\\', '\u0000', '\ud800', '9', 'é'])}${text.slice(at + 1)}`;
  },
  // An escape where a letter was.
  (chance, text) => {
    const at = text.indexOf('a', chance.below(text.length));
    return at === -1
      ? text
      : `${text.slice(0, at)}${chance.pick(['\\u0000', '\\ud800', '\\u0061'])}${text.slice(at + 1)}`;
  },
  // What a lenient parser would take.
  (_, text) => `\ufeff${text}`,
  (_, text) => `${text} // comment`,
  (_, text) => text.replace('}', ',}'),
  (_, text) => text.replace(/:(true|false|null)/, ':NaN'),
  (_, text) => `${text}${text}`,
  // White space is allowed, however much.
  (chance, text) => `${' \n'.repeat(chance.pick([1, 1000]))}${text}\t`,
  (chance, _) => chance.pick(['', 'null', '[]', '{}', '"text"', '0', 'true', '[[[[', '{"a":1}', '\u0000', '%7B%7D']),
];

export function changeText(chance: Chance, text: string): string {
  if (text === '') return text;
  return chance.pick(changes)(chance, text);
}
