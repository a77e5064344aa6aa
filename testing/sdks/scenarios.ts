// The pods in which tests run each SDK, and for which testing/sdks/results.json has what the SDK does.

import type { Cloud } from './programs.ts';

export interface Scenario {
  /** The variables that the container sets, in Markdown. */
  readonly sets: string;
  /** Variables of the container; the value `file:NAME` is the path of one of `files`. */
  readonly env?: Readonly<Record<string, string>>;
  /** The number of warnings of the webhook. */
  readonly warnings: number;
}

/** Files of an image. `AKIA…` are access keys. */
export const files = {
  credentials: keys('default', 'AKIAFILE') + keys('shop', 'AKIAPROFILE'),
  config: keys('default', 'AKIACONFIG'),
  region: '[default]\nregion = eu-central-1\n',
};

function keys(profile: string, id: string): string {
  return `[${profile}]\naws_access_key_id = ${id}\naws_secret_access_key = s\n`;
}

const uris = { AWS_CONTAINER_CREDENTIALS_FULL_URI: 'http://localhost/credentials' };

/** Other credentials in a container beside the injected identity. */
export const otherCredentials: Readonly<Record<Cloud, Readonly<Record<string, Scenario>>>> = {
  aws: {
    keys: {
      sets: '`AWS_ACCESS_KEY_ID` and `AWS_SECRET_ACCESS_KEY`',
      env: { AWS_ACCESS_KEY_ID: 'AKIAVARIABLE', AWS_SECRET_ACCESS_KEY: 's' },
      warnings: 1,
    },
    'key ID': { sets: '`AWS_ACCESS_KEY_ID` alone', env: { AWS_ACCESS_KEY_ID: 'AKIAVARIABLE' }, warnings: 1 },
    secret: {
      sets: '`AWS_SECRET_ACCESS_KEY` or `AWS_SESSION_TOKEN` alone',
      env: { AWS_SECRET_ACCESS_KEY: 's', AWS_SESSION_TOKEN: 't' },
      warnings: 0,
    },
    'empty keys': {
      sets: 'the same variables, empty',
      env: { AWS_ACCESS_KEY_ID: '', AWS_SECRET_ACCESS_KEY: '' },
      warnings: 0,
    },
    'old names': {
      sets: '`AWS_ACCESS_KEY` and `AWS_SECRET_KEY`',
      env: { AWS_ACCESS_KEY: 'AKIAVARIABLE', AWS_SECRET_KEY: 's' },
      warnings: 1,
    },
    profile: {
      sets: '`AWS_PROFILE` of a profile with keys',
      env: { AWS_PROFILE: 'shop', AWS_SHARED_CREDENTIALS_FILE: 'file:credentials' },
      warnings: 2,
    },
    'missing profile': {
      sets: '`AWS_PROFILE` of a profile that does not exist',
      env: { AWS_PROFILE: 'missing' },
      warnings: 1,
    },
    'empty profile': { sets: '`AWS_PROFILE`, empty', env: { AWS_PROFILE: '' }, warnings: 1 },
    'default profile': {
      sets: '`AWS_DEFAULT_PROFILE` of a profile that does not exist',
      env: { AWS_DEFAULT_PROFILE: 'missing' },
      warnings: 1,
    },
    'credentials file': {
      sets: '`AWS_SHARED_CREDENTIALS_FILE` with keys in `[default]`',
      env: { AWS_SHARED_CREDENTIALS_FILE: 'file:credentials' },
      warnings: 1,
    },
    'config file': {
      sets: '`AWS_CONFIG_FILE` with keys in `[default]`',
      env: { AWS_CONFIG_FILE: 'file:config' },
      warnings: 1,
    },
    container: {
      sets: '`AWS_CONTAINER_CREDENTIALS_FULL_URI` or `…_RELATIVE_URI`',
      env: uris,
      warnings: 0,
    },
  },
  azure: {
    secret: { sets: '`AZURE_CLIENT_SECRET`', env: { AZURE_CLIENT_SECRET: 'other' }, warnings: 1 },
    certificate: {
      sets: '`AZURE_CLIENT_CERTIFICATE_PATH`',
      env: { AZURE_CLIENT_CERTIFICATE_PATH: '/missing.pem' },
      warnings: 1,
    },
    'empty secret': {
      sets: 'one of these, empty',
      env: { AZURE_CLIENT_SECRET: '', AZURE_CLIENT_CERTIFICATE_PATH: '' },
      warnings: 2,
    },
    password: {
      sets: '`AZURE_USERNAME` and `AZURE_PASSWORD`',
      env: { AZURE_USERNAME: 'shop', AZURE_PASSWORD: 'other' },
      warnings: 1,
    },
    'password alone': { sets: '`AZURE_PASSWORD` alone', env: { AZURE_PASSWORD: 'other' }, warnings: 0 },
    production: { sets: '`AZURE_TOKEN_CREDENTIALS`: `prod`', env: { AZURE_TOKEN_CREDENTIALS: 'prod' }, warnings: 0 },
    named: {
      sets: '`AZURE_TOKEN_CREDENTIALS`: `WorkloadIdentityCredential`',
      env: { AZURE_TOKEN_CREDENTIALS: 'WorkloadIdentityCredential' },
      warnings: 0,
    },
    managed: {
      sets: '`AZURE_TOKEN_CREDENTIALS`: `ManagedIdentityCredential`',
      env: { AZURE_TOKEN_CREDENTIALS: 'ManagedIdentityCredential' },
      warnings: 1,
    },
    environment: {
      sets: '`AZURE_TOKEN_CREDENTIALS`: `EnvironmentCredential`',
      env: { AZURE_TOKEN_CREDENTIALS: 'EnvironmentCredential' },
      warnings: 1,
    },
    'empty choice': { sets: '`AZURE_TOKEN_CREDENTIALS`, empty', env: { AZURE_TOKEN_CREDENTIALS: '' }, warnings: 1 },
    endpoint: {
      sets: '`IDENTITY_ENDPOINT`',
      env: { IDENTITY_ENDPOINT: 'http://localhost/msi', IDENTITY_HEADER: 'x' },
      warnings: 0,
    },
  },
  gcp: {
    gcloud: {
      sets: '`CLOUDSDK_AUTH_ACCESS_TOKEN`',
      env: { CLOUDSDK_AUTH_ACCESS_TOKEN: 'other' },
      warnings: 1,
    },
    token: { sets: '`GOOGLE_OAUTH_ACCESS_TOKEN`', env: { GOOGLE_OAUTH_ACCESS_TOKEN: 'other' }, warnings: 1 },
    credentials: {
      sets: '`GOOGLE_CREDENTIALS`',
      env: { GOOGLE_CREDENTIALS: '{"type":"service_account"}' },
      warnings: 1,
    },
    directory: { sets: '`CLOUDSDK_CONFIG`', env: { CLOUDSDK_CONFIG: '/config' }, warnings: 0 },
    key: { sets: '`GOOGLE_API_KEY`', env: { GOOGLE_API_KEY: 'other' }, warnings: 0 },
  },
};

/** The other rows of a cloud in the results. */
export const features = {
  identity: 'The identity, without options',
  target: 'A second role, through the config file',
  rotation: 'A new token file, in a process that runs',
} as const;

export type Feature = keyof typeof features;
