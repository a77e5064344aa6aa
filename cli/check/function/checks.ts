// The checks of the category Function, each after those that it needs.

import type { Check } from '../check.ts';

export const functionChecks: readonly Check[] = [];
