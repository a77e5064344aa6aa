// Formats of single values in cwii.yaml, checked by the function's own parsers where they exist.

import { z } from 'zod';
import { ConfigError } from '../../lib/common/errors.ts';
import { parseIssuerUrl } from '../../lib/issuer/issuer-url.ts';
import { isNamespaceName, isObjectName } from '../../lib/kubernetes/names.ts';
import { parseCredential } from '../../lib/settings/cluster-credential.ts';
import * as parsers from '../../lib/settings/parsers.ts';

/** A string that `parse` accepts. The message of its Error continues the sentence `<key> …`. */
export function parsed(parse: (text: string) => unknown) {
  return z.string().check(({ value, issues }) => {
    try {
      parse(value);
    } catch (error) {
      const message =
        error instanceof ConfigError ? `is invalid: ${error.problems.join('; ')}` : (error as Error).message;
      issues.push({ code: 'custom', message, input: value });
    }
  });
}

/** A string of this format; `expected` continues the sentence `<key> is "…"; write …`. */
export function matching(format: RegExp | ((text: string) => boolean), expected: string) {
  const matches = typeof format === 'function' ? format : (text: string) => format.test(text);
  return parsed((text) => {
    if (!matches(text)) throw new Error(`is "${text}"; write ${expected}`);
  });
}

export const clusterName = () =>
  matching(
    (text) => isNamespaceName(text) && text.length <= 40,
    'a DNS label of at most 40 lower-case letters, digits and hyphens',
  );

export const namespace = () => matching(isNamespaceName, 'the name of a namespace');

export const serviceAccount = () => matching(isObjectName, 'the name of a ServiceAccount');

export const issuer = () => parsed(parseIssuerUrl);

/**
 * A former issuer. The rules of clouds do not apply to it: on Talos it is the API server's URL, with its
 * port.
 */
export const oldIssuer = () =>
  matching(/^https:\/\/[^\s,]+$/, 'the issuer as `kubectl get --raw /.well-known/openid-configuration` shows it');

/**
 * One digest. Messages never show the value, because it may be the secret itself, written here by mistake.
 */
export const digest = () => parsed((text) => parsers.digests(text.includes(',') ? '' : text));

/** One pattern of a guard rail. */
export const pattern = () =>
  parsed((text) => {
    if (text.includes(',')) throw new Error(`is "${text}"; write each pattern as a list entry, without commas`);
    parsers.patterns(text);
  });

/** An entry of a list that the function gets as comma-separated text. */
export const listEntry = (parse: (text: string) => unknown = () => undefined) =>
  parsed((text) => {
    if (text.includes(',') || text.trim() !== text || text === '')
      throw new Error(`is "${text}"; write each value as a list entry, without commas or surrounding spaces`);
    parse(text);
  });

export const image = () => matching(/^[\w][\w.\-/:@]*$/, 'an image, such as registry.example.com/aws-cli:2.31.0');

export const region = () =>
  matching(/^[a-z]{2,5}(-[a-z]+)+-\d{1,2}$/, 'the code of an AWS region, such as eu-central-1');

/**
 * The issuer of an account's outbound identity federation. The host differs in other partitions and in
 * emulators.
 */
export const accountIssuer = () =>
  parsed((text) => {
    try {
      parsers.httpsUrl(text.endsWith('/') ? '' : text);
    } catch {
      throw new Error(
        `is "${text}"; write the AWS account's issuer, https://UUID.tokens.sts.global.api.aws, as shown by \`aws iam get-outbound-web-identity-federation-info\``,
      );
    }
  });

/** The audience of the tokens that STS issues for the cluster. */
export const webIdentityAudience = () =>
  parsed((text) => {
    if (text === 'sts.amazonaws.com')
      throw new Error('is sts.amazonaws.com; write an audience that no other cluster uses, or remove the key');
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

/** An ID of an EC2 resource: 17 hex digits, or 8 for resources created before 2018. */
export const resourceId = (prefix: 'vpc' | 'subnet' | 'sg') =>
  matching(
    new RegExp(`^${prefix}-([0-9a-f]{8}|[0-9a-f]{17})$`),
    `${prefix}- and 8 or 17 hex digits, as EC2 shows the ID`,
  );

/** `create`, or a key by its ARN: an alias could later lead to another key. */
export const encryptionKey = () =>
  matching(
    /^(create|arn:aws[\w-]*:kms:[\w-]+:\d{12}:key\/[\w-]+)$/,
    'create, or the ARN of a key, arn:aws:kms:REGION:ACCOUNT:key/ID',
  );

/** The values that CloudWatch Logs accepts (PutRetentionPolicy). */
const RETENTION_DAYS = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
] as const;

export const retentionDays = () => z.literal(RETENTION_DAYS);

export const wholeNumber = (min: number, max: number) => z.int().min(min).max(max);

export const zoneName = () =>
  matching((text) => text.includes('.') && text.split('.').every(isNamespaceName), 'the name of a DNS zone');
