// The functions of the clouds that the part with services and rare keys uses too.
//
// The part gets them as a parameter. If it imported them, the bundler would move the shared modules out of
// the entry of the function, and each further file costs a start half a millisecond.

import { findingFrom, findingOf, locationOf } from '../annotations/findings.ts';
import { AWS_CONFIG, KIAM_ROLE } from '../annotations/keys.ts';
import { ConfigError } from '../common/errors.ts';
import { ROLE_ARN } from '../settings/formats.ts';
import { serviceRules } from '../settings/service-rules.ts';
import { checkOtherCredentials } from './other-credentials.ts';
import { literal, podField } from './plan.ts';
import { checkAudience, checkAudienceLength, checkRequest, checkValue, invalid } from './request-checks.ts';
import { containerPath, projectToken, readExpiration } from './token.ts';

export const toolbox = {
  AWS_CONFIG,
  ConfigError,
  KIAM_ROLE,
  ROLE_ARN,
  checkAudience,
  checkAudienceLength,
  checkOtherCredentials,
  checkRequest,
  checkValue,
  containerPath,
  findingFrom,
  findingOf,
  invalid,
  literal,
  locationOf,
  podField,
  projectToken,
  readExpiration,
  serviceRules,
};

export type Toolbox = typeof toolbox;
