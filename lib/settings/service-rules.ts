// The limits that definitions of services must keep.
//
// Their schema gets them as a parameter: it must not import modules of the function's entry, because the
// bundler would move them out of it (docs/decisions/029-services-as-a-part.md).

import { isApiServerAudience } from './api-audiences.ts';
import { LONGEST_AUDIENCE, LONGEST_EXPIRATION, SHORTEST_EXPIRATION } from './formats.ts';

export const serviceRules = { isApiServerAudience, LONGEST_AUDIENCE, LONGEST_EXPIRATION, SHORTEST_EXPIRATION };

export type ServiceRules = typeof serviceRules;
