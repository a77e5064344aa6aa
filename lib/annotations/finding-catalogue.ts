// Every finding with its documentation, for the docs and the CLI. No function loads this file.

import { findingCodes } from './finding-codes.ts';
import { rareAwsFindings } from './rare-aws-findings.ts';
import { serviceFindings } from './service-findings.ts';

export const allFindings = { ...findingCodes, ...serviceFindings, ...rareAwsFindings };
