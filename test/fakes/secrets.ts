// The secrets of tests, worded so that one that leaks into an answer or a log line is found there.

import { createHash } from 'node:crypto';

export const callerToken = 'marker-of-the-caller-token';
export const pathKey = 'marker-of-the-path-key';
export const clusterToken = 'marker-of-the-cluster-token';
export const specMarker = 'marker-of-the-pod-spec';

export function digestOf(secret: string): Buffer {
  return createHash('sha256').update(secret).digest();
}
