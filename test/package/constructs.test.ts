// The reference of the construct library is what TypeDoc generates from the sources.

import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { CONSTRUCTS_PAGE, constructsPage } from '../../docs/constructs.ts';

it('docs/constructs.md agrees with the doc comments, and everything that is exported has one', () => {
  const current = readFileSync(CONSTRUCTS_PAGE, 'utf8');

  expect(current, 'run `npm run docs:constructs` and commit the result').toBe(constructsPage());
  // TypeDoc reads the types of aws-cdk-lib, half a minute on an idle machine.
}, 600_000);
