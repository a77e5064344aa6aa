// The documents say what the source says: parts that are derived must be what `npm run docs` would write.

import { describe, expect, it } from 'vitest';
import { generateDocuments } from '../docs/generate.ts';

describe('a document with derived parts has not drifted from the source', () => {
  it.each(generateDocuments())('$path', ({ current, generated }) => {
    expect(current, 'run `npm run docs` and commit what it writes').toBe(generated);
  });
});
