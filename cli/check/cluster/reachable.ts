// Checks that the API server answers, and reads its version.

import { type Check, passed } from '../check.ts';
import type { CheckContext, Fact } from '../context.ts';

export interface ServerVersion {
  readonly gitVersion: string;
  readonly minor: string;
}

export const serverVersion: Fact<ServerVersion> = ({ kube }: CheckContext) => kube.call<ServerVersion>('/version');

export const reachable: Check = {
  code: 'cluster-reachable',
  run: async (context) => passed((await context.fact(serverVersion)).gitVersion),
};
