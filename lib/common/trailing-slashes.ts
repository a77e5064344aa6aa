// Texts that mean the same with and without slashes at the end: paths and URLs.

/** Without a regular expression, whose time grows with the square of a long row of slashes elsewhere in the text. */
export function withoutTrailingSlashes(text: string): string {
  let end = text.length;
  while (end > 0 && text[end - 1] === '/') end--;
  return text.slice(0, end);
}
