// Parsers for the text of one environment variable. Each throws an Error that continues "<NAME> …".

import { crypto } from '../common/node-builtins.ts';
import { isWithin, placeOf } from '../kubernetes/mount-paths.ts';
import { isNamespaceName, isObjectName } from '../kubernetes/names.ts';
import { isApiServerAudience } from './api-audiences.ts';
import { GCP_AUDIENCE, LONGEST_AUDIENCE, parseHttpsUrl, UUID } from './formats.ts';
import { type Pattern, parseImagePattern, parsePattern } from './guard-rails.ts';

export function boolean(text: string): boolean {
  const value = text.toLowerCase();
  if (value !== 'true' && value !== 'false') throw new Error(`is "${text}"; write true or false`);
  return value === 'true';
}

export function numberBetween(least: number, most: number) {
  return (text: string): number => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < least || value > most)
      throw new Error(`is "${text}"; write a whole number from ${least} to ${most}`);
    return value;
  };
}

export function oneOf<const Choice extends string>(...choices: Choice[]) {
  return (text: string): Choice => {
    const choice = choices.find((candidate) => candidate === text);
    if (choice === undefined) throw new Error(`is "${text}"; write ${choices.join(' or ')}`);
    return choice;
  };
}

export function digests(text: string): Buffer[] {
  return text.split(',').map((entry) => {
    // The value is not repeated, because it may be the secret itself.
    if (!/^[0-9a-f]{64}$/i.test(entry.trim()))
      throw new Error('has an entry that is not a SHA-256 digest; write 64 hex digits, as `sha256sum` prints them');
    return Buffer.from(entry.trim(), 'hex');
  });
}

export function httpsUrl(text: string): URL {
  const url = parseHttpsUrl(text);
  if (!url) {
    throw new Error(
      'is not the URL of an API server; write https://HOST[:PORT][/PATH], without a user, a query or a fragment',
    );
  }
  return url;
}

export function certificates(text: string): string {
  // Some tools store an environment variable on one line, with line breaks written as \n.
  const pem = text.replaceAll('\\n', '\n');
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g);
  if (!blocks)
    throw new Error(
      "contains no PEM certificate; write the API server's CA, beginning with -----BEGIN CERTIFICATE-----",
    );
  for (const block of blocks) {
    try {
      new crypto.X509Certificate(block);
    } catch (error) {
      throw new Error('contains a PEM block that is not a certificate; write X.509 certificates only', {
        cause: error,
      });
    }
  }
  return `${blocks.join('\n')}\n`;
}

function absolutePath(text: string): string {
  if (!/^(\/[\w.-]+)+$/.test(text) || /\/\.\.?(\/|$)/.test(text))
    throw new Error(`is "${text}"; write an absolute path without a trailing slash`);
  return text;
}

/** Where the ServiceAccount plugin mounts the API token, read-only. */
const API_TOKEN_PATH = '/run/secrets/kubernetes.io/serviceaccount';

export function mountRoot(text: string): string {
  const path = absolutePath(text);
  if (isWithin(placeOf(path, false), API_TOKEN_PATH)) {
    throw new Error(`is "${text}", below the read-only mount of the API token; write another path`);
  }
  return path;
}

export function gcpAudience(text: string): string {
  if (!GCP_AUDIENCE.test(text)) {
    throw new Error(
      `is "${text}"; write //iam.googleapis.com/projects/NUMBER/locations/LOCATION/workloadIdentityPools/POOL/providers/PROVIDER`,
    );
  }
  return text;
}

export function uuid(text: string): string {
  if (!UUID.test(text)) throw new Error(`is "${text}"; write a UUID`);
  return text;
}

export function list(text: string): string[] {
  return text
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '');
}

/** The subject of ServiceAccount tokens. */
export function serviceAccountSubject(text: string): string {
  const [system, kind, namespace, name, ...rest] = text.split(':');
  const known = system === 'system' && kind === 'serviceaccount' && rest.length === 0;
  if (!known || !isNamespaceName(namespace ?? '') || !isObjectName(name ?? ''))
    throw new Error(`has the entry "${text}"; write system:serviceaccount:NAMESPACE:NAME`);
  return text;
}

/** A URL of the webhook, unchanged: it is compared with the audiences of tokens letter by letter. */
export function webhookUrl(text: string): string {
  if (!parseHttpsUrl(text))
    throw new Error(
      `has the entry "${text}"; write the webhook's URL as in the MutatingWebhookConfiguration, such as https://HOST/mutate`,
    );
  return text;
}

/** Comma-separated entries, of which none is empty. */
export function entries<Value>(parse: (entry: string) => Value) {
  return (text: string): Value[] => text.split(',').map((entry) => parse(entry.trim()));
}

/** The names of services, `all` or `none`. The names are checked when the catalogue is loaded. */
export function services(text: string): 'all' | string[] {
  return text === 'all' ? text : list(text);
}

export function patterns(text: string): Pattern[] {
  const entries = text.split(',').map((entry) => entry.trim());
  if (entries.includes('')) throw new Error('contains an empty entry; separate patterns with single commas');
  for (const entry of entries) {
    // Such a pattern would match nothing, or something unintended.
    const variable = /\$\{(?!namespace\})[^}]*\}?/.exec(entry)?.[0];
    if (variable) throw new Error(`contains "${variable}" in a pattern; the only variable is \${namespace}`);
    if (/\s/.test(entry))
      throw new Error(`contains white space in the pattern "${entry}"; separate patterns with commas`);
  }
  return entries.map(parsePattern);
}

export function imagePatterns(text: string): Pattern[] {
  return patterns(text).map((pattern) => parseImagePattern(pattern.text));
}

/** The audience of tokens that are sent to a cloud. */
export function audience(text: string): string {
  if (text.length > LONGEST_AUDIENCE) throw new Error(`has more than ${LONGEST_AUDIENCE} characters; shorten it`);
  if (isApiServerAudience(text, [])) {
    throw new Error(
      `is "${text}", an audience of API servers; a cloud that receives such a token could use the cluster, so set another audience`,
    );
  }
  return text;
}
