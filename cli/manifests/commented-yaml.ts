// How generated objects become text: YAML with comments where an operator asks why, the same bytes for the same input.

import { Document, isMap, isScalar, isSeq, type ParsedNode } from 'yaml';

/** An object and the comments in it, by path, such as `webhooks.0.failurePolicy`. */
export interface Commented {
  readonly object: object;
  readonly comments?: Readonly<Record<string, string>>;
}

/** Columns of a comment's text; with its indentation a line stays readable in a terminal. */
const COMMENT_WIDTH = 100;

/** The documents of one file, below a comment that says what the file is. */
export function toCommentedYaml(header: string, documents: readonly Commented[]): string {
  const texts = documents.map(({ object, comments = {} }) => {
    // A copy without what is undefined, and without shared parts, which YAML would write as aliases.
    const document = new Document(JSON.parse(JSON.stringify(object)), { version: '1.2', aliasDuplicateObjects: false });
    for (const [path, comment] of Object.entries(comments)) addComment(document, path, comment);
    return document.toString({ lineWidth: 0, blockQuote: 'literal' });
  });
  return `${comment(header)}${texts.join('---\n')}`;
}

/** Lines of `# …`. Empty lines part paragraphs. */
function comment(text: string): string {
  return wrap(text)
    .map((line) => (line === '' ? '#\n' : `# ${line}\n`))
    .join('');
}

function addComment(document: Document, path: string, text: string): void {
  const keys = path.split('.').map((key) => (/^\d+$/.test(key) ? Number(key) : key));
  const last = keys.pop();
  const parent = (keys.length > 0 ? document.getIn(keys) : document.contents) as ParsedNode | undefined;
  const node = isMap(parent)
    ? parent.items.map(({ key }) => key).find((key) => isScalar(key) && key.value === last)
    : isSeq(parent)
      ? parent.items[last as number]
      : undefined;
  if (!node || typeof node !== 'object') throw new Error(`nothing is at ${path} to comment on`);
  (node as { commentBefore?: string }).commentBefore = wrap(text)
    .map((line) => (line === '' ? '' : ` ${line}`))
    .join('\n');
}

function wrap(text: string): string[] {
  return text.split('\n').flatMap((paragraph) => {
    // What is indented is to be copied as it stands.
    if (/^\s/.test(paragraph)) return [paragraph];
    const lines = [''];
    for (const word of paragraph.split(' ')) {
      const line = lines.at(-1) ?? '';
      if (line === '') lines[lines.length - 1] = word;
      else if (line.length + 1 + word.length <= COMMENT_WIDTH) lines[lines.length - 1] = `${line} ${word}`;
      else lines.push(word);
    }
    return lines;
  });
}
