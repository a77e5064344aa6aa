// The codes of the category Pod.

import type { CheckCodeDocs } from '../check-codes.ts';

export const podCodes = {} as const satisfies Record<string, CheckCodeDocs>;
