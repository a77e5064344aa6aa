// Wraps text for terminals and for comments in generated files.

/**
 * The lines of the text with at most `width` characters each, unless a word is longer. Line breaks are kept.
 */
export function wrapText(text: string, width: number): string[] {
  return text.split('\n').flatMap((paragraph) => {
    // Indented lines are commands and files to copy.
    if (/^\s/.test(paragraph)) return [paragraph];
    const lines = [''];
    for (const word of paragraph.split(' ')) {
      const line = lines.at(-1) ?? '';
      if (line === '') lines[lines.length - 1] = word;
      else if (line.length + 1 + word.length <= width) lines[lines.length - 1] = `${line} ${word}`;
      else lines.push(word);
    }
    return lines;
  });
}
