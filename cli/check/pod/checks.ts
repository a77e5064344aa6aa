// The checks of the category Pod, each after those that it needs.

import type { Check } from '../check.ts';

export const pod: readonly Check[] = [];
