// The checks of the category Webhook, each after those that it needs.

import type { Check } from '../check.ts';
import { failingOpen, latency } from './api-server-metrics.ts';
import { authentication, callerToken, review } from './caller-checks.ts';
import { dryRun, withoutLabel } from './dry-run.ts';
import { answers, certificate, reachable } from './endpoint-checks.ts';
import { labels } from './namespaces.ts';
import { access, flowControl, injectingPolicies, policies } from './object-checks.ts';
import { registered, selectors, settings, url } from './registration-checks.ts';

export const webhook: readonly Check[] = [
  registered,
  url,
  selectors,
  settings,
  access,
  flowControl,
  policies,
  injectingPolicies,
  labels,
  reachable,
  certificate,
  answers,
  callerToken,
  authentication,
  review,
  dryRun,
  withoutLabel,
  failingOpen,
  latency,
];
