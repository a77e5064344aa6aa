// The checks of the category Cloud trust, each after those that it needs.

import type { Check } from '../check.ts';

export const trust: readonly Check[] = [];
