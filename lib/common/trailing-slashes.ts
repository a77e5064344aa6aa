// Removes trailing slashes from paths and URLs.

/**
 * Does not use a regular expression: its time would grow with the square of a long sequence of slashes in the
 * text.
 */
export function withoutTrailingSlashes(text: string): string {
  let end = text.length;
  while (end > 0 && text[end - 1] === '/') end--;
  return text.slice(0, end);
}
