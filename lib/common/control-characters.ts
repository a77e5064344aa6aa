// Escapes the characters that a terminal interprets: control, line, and bidirectional characters.

const CONTROLS = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

/** The text on one line, with these characters as JSON writes them in hexadecimal. It stays valid JSON. */
export function escapeControls(text: string): string {
  return text.replace(CONTROLS, escaped);
}

/** The same for a text of several lines: line breaks and tabs are kept. */
export function escapeControlsInLines(text: string): string {
  return text.replace(CONTROLS, (character) =>
    character === '\n' || character === '\t' ? character : escaped(character),
  );
}

/** One or two UTF-16 code units. */
function escaped(character: string): string {
  return character
    .split('')
    .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
    .join('');
}
