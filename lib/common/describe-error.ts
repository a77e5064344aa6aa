// The one form in which errors and warnings are printed: the message, then the code in brackets.

import type { CwiiError } from './errors.ts';

/** `message [code]`; `cwii explain CODE` documents the code. */
export function withCode(message: string, code: string): string {
  return `${message} [${code}]`;
}

/** A message of several lines is a list of messages, which all get the code, unless it has indented lines. */
export function describeError({ message, code }: CwiiError): string {
  if (/\n\s/.test(message)) return withCode(message, code);
  return message
    .split('\n')
    .map((line) => withCode(line, code))
    .join('\n');
}
