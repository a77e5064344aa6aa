// Recognizes the answer of Lambda to a caller whose address `function.allowedCallerCidrs` does not contain.

import type { Cluster } from '../../../cluster-file/cluster-file.ts';

/** The function itself never answers 403. */
export function isRefusedByAddress(status: number, cluster: Cluster | undefined): boolean {
  return status === 403 && cluster?.function.allowedCallerCidrs !== undefined;
}

/** Whether the API server reports such an answer: it calls a 403 without a Kubernetes Status `unknown`. */
export function reportsRefusalByAddress(message: string, cluster: Cluster | undefined): boolean {
  return /failed to call webhook: unknown$/.test(message) && isRefusedByAddress(403, cluster);
}

export const THIS_MACHINE_NOT_ALLOWED = "this machine's address is not among function.allowedCallerCidrs";

export const API_SERVER_NOT_ALLOWED =
  'add the addresses with which the API servers reach the internet (`curl https://checkip.amazonaws.com` on a control-plane node) to function.allowedCallerCidrs, and deploy';
