// The checks of the category Function, each after those that it needs.

import type { Check } from '../check.ts';
import { issuerAccess, readAccess } from './access.ts';
import { credential } from './credential.ts';
import { concurrency, environment, state, storedToken } from './deployed-checks.ts';
import { alarms, errors, throttles } from './metric-checks.ts';
import { ownerKinds } from './owner-kinds.ts';
import { version } from './version.ts';

export const functionChecks: readonly Check[] = [
  readAccess,
  issuerAccess,
  ownerKinds,
  credential,
  version,
  state,
  environment,
  concurrency,
  storedToken,
  errors,
  throttles,
  alarms,
];
