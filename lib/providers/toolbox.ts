// The functions of the clouds that services use too.
//
// Services get them as a parameter. If they imported them, the bundler would move the shared modules out of
// the entry of the function, and each further file costs a start half a millisecond.

import { findingFrom, findingOf, locationOf } from '../annotations/findings.ts';
import { ConfigError } from '../common/errors.ts';
import { serviceRules } from '../settings/service-rules.ts';
import { checkOtherCredentials } from './other-credentials.ts';
import { literal } from './plan.ts';
import { checkAudience, checkAudienceLength, checkRequest, invalid } from './request-checks.ts';
import { containerPath, projectToken, readExpiration } from './token.ts';

export const toolbox = {
  ConfigError,
  checkAudience,
  checkAudienceLength,
  checkOtherCredentials,
  checkRequest,
  containerPath,
  findingFrom,
  findingOf,
  invalid,
  literal,
  locationOf,
  projectToken,
  readExpiration,
  serviceRules,
};

export type Toolbox = typeof toolbox;
