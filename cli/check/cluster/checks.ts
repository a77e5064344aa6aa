// The checks of the category Cluster, each after those that it needs.

import type { Check } from '../check.ts';
import { reachable } from './reachable.ts';

export const cluster: readonly Check[] = [reachable];
