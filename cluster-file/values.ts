// How single values of cwii.yaml are checked: by the function's own parsers wherever it has one for the value.

import { z } from 'zod';
import { ConfigError } from '../lib/common/errors.ts';
import { parseIssuerUrl } from '../lib/issuer/issuer-url.ts';
import { isNamespaceName, isObjectName } from '../lib/kubernetes/names.ts';
import { parseCredential } from '../lib/settings/cluster-credential.ts';
import * as parsers from '../lib/settings/parsers.ts';

/** A text that `parse` accepts; it throws an Error whose message continues the sentence `<key> …`. */
export function parsed(parse: (text: string) => unknown) {
  return z.string().check(({ value, issues }) => {
    try {
      parse(value);
    } catch (error) {
      const words = error instanceof ConfigError ? error.problems.join('; ') : (error as Error).message;
      const message = error instanceof ConfigError ? `is refused: ${words}` : words;
      issues.push({ code: 'custom', message, input: value });
    }
  });
}

/** A text of this form; `remedy` continues the sentence `<key> is "…"; write …`. */
export function matching(form: RegExp | ((text: string) => boolean), remedy: string) {
  const matches = typeof form === 'function' ? form : (text: string) => form.test(text);
  return parsed((text) => {
    if (!matches(text)) throw new Error(`is "${text}"; write ${remedy}`);
  });
}

export const clusterName = () =>
  matching(
    (text) => isNamespaceName(text) && text.length <= 40,
    'a DNS label: lower-case letters, digits and hyphens, at most 40',
  );

export const namespace = () => matching(isNamespaceName, 'the name of a namespace');

export const serviceAccount = () => matching(isObjectName, 'the name of a ServiceAccount');

export const issuer = () => parsed(parseIssuerUrl);

/** An issuer that clouds need not like: Talos has the API server's own URL, with its port. */
export const oldIssuer = () =>
  matching(/^https:\/\/[^\s,]+$/, 'the issuer as `kubectl get --raw /.well-known/openid-configuration` shows it');

/** One digest. The value is not shown: somebody may have put the secret itself there. */
export const digest = () => parsed((text) => parsers.digests(text.includes(',') ? '' : text));

/** One pattern of a guard rail. */
export const pattern = () =>
  parsed((text) => {
    if (text.includes(',')) throw new Error(`is "${text}"; write each pattern as an entry of its own, without commas`);
    parsers.patterns(text);
  });

/** An entry of a list that becomes comma-separated. */
export const listEntry = (parse: (text: string) => unknown = () => undefined) =>
  parsed((text) => {
    if (text.includes(',') || text.trim() !== text || text === '')
      throw new Error(`is "${text}"; write each as an entry of its own, without commas and outer white space`);
    parse(text);
  });

export const image = () => matching(/^[\w][\w.\-/:@]*$/, 'an image, such as registry.example.com/aws-cli:2.31.0');

export const region = () =>
  matching(/^[a-z]{2,5}(-[a-z]+)+-\d{1,2}$/, 'the code of an AWS region, such as eu-central-1');

/** The issuer of an account's outbound identity federation. Other partitions and stand-ins have other hosts. */
export const accountIssuer = () =>
  parsed((text) => {
    try {
      parsers.httpsUrl(text.endsWith('/') ? '' : text);
    } catch {
      throw new Error(
        `is "${text}"; write the issuer of the AWS account as aws iam get-outbound-web-identity-federation-info shows it, https://UUID.tokens.sts.global.api.aws`,
      );
    }
  });

/** The audience of a token that STS makes for the cluster. */
export const webIdentityAudience = () =>
  parsed((text) => {
    if (text === 'sts.amazonaws.com')
      throw new Error('is sts.amazonaws.com; write an audience that only this cluster has, or leave it out');
    parseCredential(`web-identity:${text}`);
    parsers.audience(text);
  });

export const eksClusterId = () =>
  matching((text) => {
    try {
      return parseCredential(`eks:${text}`).kind === 'eks';
    } catch {
      return false;
    }
  }, "the --cluster-id of the cluster's aws-iam-authenticator");

/** An ID of EC2's: 17 hex digits, or 8 where the resource is older than 2018. */
export const resourceId = (prefix: 'vpc' | 'subnet' | 'sg') =>
  matching(
    new RegExp(`^${prefix}-([0-9a-f]{8}|[0-9a-f]{17})$`),
    `${prefix}- and 8 or 17 hex digits, as EC2 shows the ID`,
  );

/** What CloudWatch Logs takes (PutRetentionPolicy). */
const RETENTION_DAYS = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
] as const;

export const retentionDays = () => z.literal(RETENTION_DAYS);

/** Whole numbers from `least` to `most`. */
export const whole = (least: number, most: number) => z.int().min(least).max(most);

export const zoneName = () =>
  matching((text) => text.includes('.') && text.split('.').every(isNamespaceName), 'the name of a DNS zone');
