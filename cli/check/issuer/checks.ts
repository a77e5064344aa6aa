// The checks of the category Issuer, each after those that it needs.

import { type Check, skipped } from '../check.ts';
import { clock } from './clock.ts';
import { distribution } from './distribution.ts';
import { certificate, content, contentType, document, jwksUri, reachable } from './document-checks.ts';
import { answerTime, keys, published, signingKey } from './key-checks.ts';
import { algorithms, matches, token, url } from './token-checks.ts';

const ofPublication: readonly Check[] = [
  reachable,
  certificate,
  document,
  contentType,
  content,
  jwksUri,
  keys,
  published,
  signingKey,
  answerTime,
];

export const issuer: readonly Check[] = [token, matches(true), url, distribution, algorithms, ...ofPublication, clock];

/** Before the deployment, an issuer that cwii will host is not published yet. */
export const issuerBeforeInstallation: readonly Check[] = [
  token,
  matches(false),
  url,
  algorithms,
  ...ofPublication.map(unlessHosted),
  clock,
];

function unlessHosted(check: Check): Check {
  return {
    ...check,
    run: async (context, signal) =>
      context.cluster?.issuerHosting
        ? skipped('cwii publishes the issuer when it is deployed')
        : check.run(context, signal),
  };
}
