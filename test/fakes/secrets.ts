// The secrets of tests, with texts that are easy to find in an answer or a log line.

import { createHash } from 'node:crypto';

export const callerToken = 'marker-of-the-caller-token';
export const pathKey = 'marker-of-the-path-key';
export const clusterToken = 'marker-of-the-cluster-token';
export const specMarker = 'marker-of-the-pod-spec';

export function digestOf(secret: string): Buffer {
  return createHash('sha256').update(secret).digest();
}
