// The catalogue of error codes: what each code means and how to fix it. docs/errors.md is generated from it.
// Import it for its types only: the functions' bundles must not contain these texts.

import { cliErrors } from './error-codes/cli.ts';
import { clusterErrors } from './error-codes/cluster.ts';
import type { ErrorCodeDocs } from './error-codes/docs.ts';
import { generalErrors } from './error-codes/general.ts';
import { infraErrors } from './error-codes/infra.ts';
import { issuerErrors } from './error-codes/issuer.ts';
import { requestErrors } from './error-codes/request.ts';
import { tokenRotationErrors } from './error-codes/token-rotation.ts';

/** The codes by the part of cwii that reports them, in the order of the documentation. */
export const errorCodeGroups = [
  { title: 'General', codes: generalErrors },
  { title: 'Requests to the webhook', codes: requestErrors },
  { title: "Requests to the cluster's API server", codes: clusterErrors },
  { title: 'Issuer function', codes: issuerErrors },
  { title: 'Token rotation function', codes: tokenRotationErrors },
  { title: 'Command line', codes: cliErrors },
  { title: 'CDK constructs', codes: infraErrors },
] as const;

export const errorCodes = {
  ...generalErrors,
  ...requestErrors,
  ...clusterErrors,
  ...issuerErrors,
  ...tokenRotationErrors,
  ...cliErrors,
  ...infraErrors,
} as const satisfies Record<string, ErrorCodeDocs>;

export type { ErrorCodeDocs };

/** A code never changes its meaning, because log queries and alarms depend on it. */
export type ErrorCode = keyof typeof errorCodes;
