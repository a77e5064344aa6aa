// The checks of the category Webhook, each after those that it needs.

import type { Check } from '../check.ts';

export const webhook: readonly Check[] = [];
