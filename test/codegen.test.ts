// Tests that the committed validators are what the generator makes of the schemas.

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { GENERATED, generateValidators } from '../codegen/validators.ts';

describe('lib/kubernetes/validators.generated.ts', () => {
  const committed = readFileSync(GENERATED, 'utf8');

  it('is what the generator makes of lib/kubernetes/schemas.ts', () => {
    expect(committed, 'run `npm run generate` and commit the result').toBe(generateValidators());
  });

  it('needs no library at run time', () => {
    expect(committed).not.toMatch(/\bimport\b|\brequire\(/);
  });
});
