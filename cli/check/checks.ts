// The checks of `cwii check` without a subcommand.

import { cluster } from './cluster/checks.ts';
import { functionChecks } from './function/checks.ts';
import { issuer } from './issuer/checks.ts';
import type { ChecksByCategory } from './run-report.ts';
import { webhook } from './webhook/checks.ts';

export const checksOfInstallation: ChecksByCategory = { cluster, issuer, webhook, function: functionChecks };

/** The checks of `--pre`: they make sense before cwii is installed. */
export const checksBeforeInstallation: ChecksByCategory = { cluster, issuer };
