// The variables with which the containers of a pod choose their way to a cloud: proxy, endpoint, region, CA.

import type { InheritedSettings } from './plan.ts';

const PROXY = ['HTTPS_PROXY', 'HTTP_PROXY', 'ALL_PROXY', 'NO_PROXY'].flatMap((name) => [name, name.toLowerCase()]);

/** The AWS SDKs and Tools Reference Guide, "Settings reference". */
export const awsSettings: InheritedSettings = {
  variables: [
    ...PROXY,
    ...[
      'ENDPOINT_URL',
      'ENDPOINT_URL_STS',
      'IGNORE_CONFIGURED_ENDPOINT_URLS',
      'USE_DUALSTACK_ENDPOINT',
      'USE_FIPS_ENDPOINT',
      'REGION',
      'DEFAULT_REGION',
      'STS_REGIONAL_ENDPOINTS',
    ].map((name) => `AWS_${name}`),
  ],
  caVariables: ['AWS_CA_BUNDLE', 'REQUESTS_CA_BUNDLE', 'SSL_CERT_FILE'],
};

export const azureSettings: InheritedSettings = {
  variables: [...PROXY, 'AZURE_AUTHORITY_HOST'],
  caVariables: ['REQUESTS_CA_BUNDLE', 'SSL_CERT_FILE'],
};

/** `gcloud topic configurations`: the properties of the sections `proxy` and `core`. */
export const gcpSettings: InheritedSettings = {
  variables: [
    ...PROXY,
    ...['TYPE', 'ADDRESS', 'PORT', 'USERNAME', 'PASSWORD', 'RDNS'].map((name) => `CLOUDSDK_PROXY_${name}`),
  ],
  caVariables: ['CLOUDSDK_CORE_CUSTOM_CA_CERTS_FILE', 'REQUESTS_CA_BUNDLE', 'SSL_CERT_FILE'],
};
