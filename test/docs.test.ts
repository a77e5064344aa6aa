// Tests that the generated parts of the documents are what `npm run docs` would write.

import { describe, expect, it } from 'vitest';
import { generateDocuments } from '../docs/generate.ts';

describe('A document with generated parts', () => {
  it.each(generateDocuments())('agrees with the source: $path', ({ current, generated }) => {
    expect(current, 'run `npm run docs` and commit the result').toBe(generated);
  });
});
