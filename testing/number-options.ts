// Parsers for numeric options of the commands in test/ and bench/, with commander's kind of error.

import { InvalidArgumentError } from 'commander';

/** A parser of whole numbers that are at least `least`. */
export function wholeNumber(least: number): (value: string) => number {
  return (value) => {
    if (!/^\d{1,15}$/.test(value)) throw new InvalidArgumentError('Use a whole number.');
    if (Number(value) < least) throw new InvalidArgumentError(`Use ${least} or more.`);
    return Number(value);
  };
}

export function positiveNumber(value: string): number {
  const number = Number(value);
  if (Number.isFinite(number) && number > 0) return number;
  throw new InvalidArgumentError('Use a number above 0.');
}
