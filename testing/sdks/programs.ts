// The SDKs that tests run in a patched pod, with their versions.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export const sdkTitles = {
  javascript: 'JavaScript',
  python: 'Python',
  go: 'Go',
  java: 'Java',
  cli: 'AWS CLI v1',
} as const;

export type SdkName = keyof typeof sdkTitles;

/** The SDKs of each cloud, with the package that has its credentials. */
export const cloudSdks = {
  aws: {
    javascript: '@aws-sdk/credential-providers',
    python: 'boto3',
    go: 'github.com/aws/aws-sdk-go-v2/config',
    java: 'software.amazon.awssdk:bom',
    cli: 'awscli',
  },
  azure: {
    javascript: '@azure/identity',
    python: 'azure-identity',
    go: 'github.com/Azure/azure-sdk-for-go/sdk/azidentity',
  },
  gcp: { javascript: 'google-auth-library', python: 'google-auth', go: 'golang.org/x/oauth2' },
} as const satisfies Record<string, Partial<Record<SdkName, string>>>;

export type Cloud = keyof typeof cloudSdks;

/** The SDKs of each service of the catalogue, by language. */
export const serviceSdks = {
  javascript: {
    alibaba: '@alicloud/credentials',
    anthropic: '@anthropic-ai/sdk',
    tencent: 'tencentcloud-sdk-nodejs-common',
  },
  python: { databricks: 'databricks-sdk', huawei: 'huaweicloudsdkcore' },
  go: {
    alibaba: 'github.com/aliyun/credentials-go',
    hcp: 'github.com/hashicorp/hcp-sdk-go',
    stackit: 'github.com/stackitcloud/stackit-sdk-go/core',
    tencent: 'github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common',
  },
} as const;

const root = join(import.meta.dirname, '..', '..');
const read = (file: string) => readFileSync(join(root, file), 'utf8');

const versionIn: Record<SdkName, (name: string) => string | undefined> = {
  javascript: (name) => JSON.parse(read('package-lock.json')).packages[`node_modules/${name}`]?.version,
  python: (name) => find(read('test/languages/requirements.txt'), new RegExp(`^${name}==(.+)$`, 'm')),
  go: (name) => find(read('test/languages/programs/go.mod'), new RegExp(`^\\t${name} v(\\S+)`, 'm')),
  java: () => find(read('test/languages/java/pom.xml'), /<artifactId>bom<\/artifactId>\s*<version>(.+?)</),
  cli: (name) => find(read('test/deploy/emulated-aws/requirements.txt'), new RegExp(`^${name}==(.+)$`, 'm')),
};

function find(text: string, pattern: RegExp): string | undefined {
  return pattern.exec(text)?.[1];
}

/** The version that the tests install. @throws if it is not in the list of its language. */
export function sdkVersion(sdk: SdkName, name: string): string {
  const version = versionIn[sdk](name);
  if (version === undefined) throw new Error(`the tests do not install ${name} for ${sdkTitles[sdk]}`);
  return version;
}
