// Styles of the outputs for people: none if standard output is not a terminal, or NO_COLOR is set.

import { styleText } from 'node:util';

export function style(format: Parameters<typeof styleText>[0], text: string): string {
  return styleText(format, text, { stream: process.stdout });
}
