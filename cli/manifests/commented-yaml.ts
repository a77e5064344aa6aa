// Serializes generated objects as YAML with comments. The same input gives the same bytes.

import { Document, isMap, isScalar, isSeq, type ParsedNode } from 'yaml';
import { wrapText } from '../wrap-text.ts';

/** An object with comments by path, such as `webhooks.0.failurePolicy`. */
export interface Commented {
  readonly object: object;
  readonly comments?: Readonly<Record<string, string>>;
}

/** The width of a comment's text; with its indentation a line still fits a terminal. */
const COMMENT_WIDTH = 100;

/** The documents of one file, after a comment that describes the file. */
export function toCommentedYaml(header: string, documents: readonly Commented[]): string {
  const texts = documents.map(({ object, comments = {} }) => {
    // The copy has no undefined values, and no shared objects, which would become aliases in YAML.
    const document = new Document(JSON.parse(JSON.stringify(object)), { version: '1.2', aliasDuplicateObjects: false });
    for (const [path, comment] of Object.entries(comments)) addComment(document, path, comment);
    return document.toString({ lineWidth: 0, blockQuote: 'literal' });
  });
  return `${comment(header)}${texts.join('---\n')}`;
}

/** Comment lines. Empty lines separate paragraphs. */
function comment(text: string): string {
  return wrapText(text, COMMENT_WIDTH)
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
  if (!node || typeof node !== 'object') throw new Error(`there is no node at ${path} for a comment`);
  (node as { commentBefore?: string }).commentBefore = wrapText(text, COMMENT_WIDTH)
    .map((line) => (line === '' ? '' : ` ${line}`))
    .join('\n');
}
