// The codes of the category Issuer.

import type { CheckCodeDocs } from '../check-codes.ts';

export const issuerCodes = {} as const satisfies Record<string, CheckCodeDocs>;
