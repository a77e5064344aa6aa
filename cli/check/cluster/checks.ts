// The checks of the category Cluster, each after those that it needs.

import type { Check } from '../check.ts';
import { apiCa } from './api-ca.ts';
import { identity } from './identity.ts';
import { permissions } from './permissions.ts';
import { reachable } from './reachable.ts';
import { version } from './version.ts';

export const cluster: readonly Check[] = [reachable, version, identity, apiCa, permissions];
