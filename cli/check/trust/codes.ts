// The codes of the category Cloud trust.

import type { CheckCodeDocs } from '../check-codes.ts';

export const trustCodes = {} as const satisfies Record<string, CheckCodeDocs>;
