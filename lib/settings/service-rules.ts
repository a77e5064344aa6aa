// The limits that definitions of services must keep.
//
// Their schema gets them as a parameter, because it is in a part of the bundle that must not import modules of
// the entry (docs/decisions/029-services-as-a-part.md).

import { isApiServerAudience } from './api-audiences.ts';
import { LONGEST_AUDIENCE, LONGEST_EXPIRATION, SHORTEST_EXPIRATION } from './formats.ts';

export const serviceRules = { isApiServerAudience, LONGEST_AUDIENCE, LONGEST_EXPIRATION, SHORTEST_EXPIRATION };

export type ServiceRules = typeof serviceRules;
