// Writes objects as YAML that kubectl reads back unchanged, and that a terminal does not interpret.

import { Document, isScalar, Scalar, visit } from 'yaml';
import { escapeControls, escapeControlsInLines } from '../../lib/common/control-characters.ts';

/** Values that YAML 1.1 would read as another type are quoted. */
export function toYaml(value: unknown): string {
  const document = new Document(value, {
    version: '1.1',
    aliasDuplicateObjects: false,
    // With this tag, the key `<<` would be written without quotes.
    customTags: (tags) => tags.filter((tag) => typeof tag === 'string' || tag.tag !== 'tag:yaml.org,2002:merge'),
  });
  visit(document, {
    Scalar(_, scalar) {
      // Only a string in double quotes can have escapes. Line breaks need none.
      if (isScalar(scalar) && typeof scalar.value === 'string' && needsQuotes(scalar.value))
        scalar.type = Scalar.QUOTE_DOUBLE;
    },
  });
  return escapeControlsInLines(
    document.toString({ lineWidth: 0, doubleQuotedAsJSON: true }).replace(ASTRAL_FORMATS, astralEscape),
  );
}

/** JSON writes these as two escapes, which YAML does not join. */
const ASTRAL_FORMATS = /[\u{10000}-\u{10ffff}]/gu;

function astralEscape(character: string): string {
  if (!/\p{Cf}/u.test(character)) return character;
  return `\\U${character.codePointAt(0)?.toString(16).padStart(8, '0')}`;
}

/** Only in quotes, `<<` is a key and not a merge, and the spaces of an empty line are kept. */
function needsQuotes(text: string): boolean {
  if (text === '<<' || /(^|\n)[ \t]+(\n|$)/.test(text)) return true;
  const withoutLines = text.replace(/[\n\t]/g, '');
  return escapeControls(withoutLines) !== withoutLines;
}
