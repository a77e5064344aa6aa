// Reads the text of one environment variable. Each parser throws an Error whose message continues "<NAME> …".

import { crypto } from '../common/node-builtins.ts';
import { UUID } from '../providers/azure.ts';
import { GCP_AUDIENCE } from '../providers/gcp.ts';
import { isApiServerAudience, type Pattern, parsePattern } from './guard-rails.ts';

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
    // The value is not shown: somebody may have put the secret itself there.
    if (!/^[0-9a-f]{64}$/i.test(entry.trim()))
      throw new Error('has an entry that is no SHA-256 digest; write 64 hex digits, as `sha256sum` prints them');
    return Buffer.from(entry.trim(), 'hex');
  });
}

export function httpsUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol !== 'https:' || url.search || url.hash || url.username || url.password) {
    throw new Error(`is no URL of an API server; write https://HOST[:PORT][/PATH], without user, query and fragment`);
  }
  return url;
}

export function certificates(text: string): string {
  // Some tools keep an environment variable on one line, with the line breaks written as \n.
  const pem = text.replaceAll('\\n', '\n');
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g);
  if (!blocks)
    throw new Error("has no PEM certificate; write the API server's CA, from -----BEGIN CERTIFICATE----- on");
  for (const block of blocks) {
    try {
      new crypto.X509Certificate(block);
    } catch (error) {
      throw new Error('has a PEM block that is no certificate', { cause: error });
    }
  }
  return `${blocks.join('\n')}\n`;
}

export function absolutePath(text: string): string {
  if (!/^(\/[\w.-]+)+$/.test(text) || /\/\.\.?(\/|$)/.test(text))
    throw new Error(`is "${text}"; write an absolute path without a trailing slash`);
  return text;
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

export function patterns(text: string): Pattern[] {
  const entries = text.split(',').map((entry) => entry.trim());
  if (entries.includes('')) throw new Error('has an empty entry; write patterns separated by single commas');
  for (const entry of entries) {
    // Such a pattern would match nothing, or not what was meant.
    const variable = /\$\{(?!namespace\})[^}]*\}?/.exec(entry)?.[0];
    if (variable) throw new Error(`has "${variable}" in a pattern; the one variable is \${namespace}`);
    if (/\s/.test(entry)) throw new Error(`has white space in the pattern "${entry}"; separate patterns by commas`);
  }
  return entries.map(parsePattern);
}

/** An audience for tokens that clouds get. */
export function audience(text: string): string {
  if (isApiServerAudience(text, [])) {
    throw new Error(`is "${text}", an API server's own audience; a cloud that got such a token could use the cluster`);
  }
  return text;
}
