// The codes of the category Webhook.

import type { CheckCodeDocs } from '../check-codes.ts';

export const webhookCodes = {} as const satisfies Record<string, CheckCodeDocs>;
