// Opens the verification of callers' tokens at start, with the keys that the API server serves.

import type { CallerTokenRules } from '../settings/webhook-config.ts';
import { CallerTokens, type CallerVerdict, type Presentation } from './caller-tokens.ts';
import { ClusterKeys, type IssuerDocuments } from './cluster-keys.ts';

/**
 * Begins to read the keys, and does not wait for them: the first request does.
 *
 * @param onReadError called if this first read fails. A later request reads again, and reports its error.
 */
export function openCallerTokens(
  rules: CallerTokenRules,
  readDocuments: () => Promise<IssuerDocuments>,
  onReadError: (error: unknown) => void,
): (presentation: Presentation) => Promise<CallerVerdict> {
  const keys = new ClusterKeys(readDocuments);
  keys.current().catch(onReadError);
  const tokens = new CallerTokens(rules, keys);
  return (presentation) => tokens.verify(presentation);
}
