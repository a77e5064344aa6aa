// The codes of the category Function.

import type { CheckCodeDocs } from '../check-codes.ts';

export const functionCodes = {} as const satisfies Record<string, CheckCodeDocs>;
