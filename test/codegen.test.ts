// Tests that the committed schemas are what the generator makes of the schemas.

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { GENERATED, generateSchemas } from '../codegen/schemas.ts';

describe('lib/kubernetes/schemas.generated.ts', () => {
  const committed = readFileSync(GENERATED, 'utf8');

  it('is what the generator makes of lib/kubernetes/schemas.ts', () => {
    expect(committed, 'run `npm run generate` and commit the result').toBe(generateSchemas());
  });

  it('needs no library at run time', () => {
    expect(committed.match(/^.*(import|require\().*$/gm)).toEqual([
      "import type { JsonSchema } from './json-schema.ts';",
    ]);
  });
});
