// The checks of the category Issuer, each after those that it needs.

import type { Check } from '../check.ts';

export const issuer: readonly Check[] = [];
