// Pods that should have a service's identity or a bare token, which policies refuse without one, and others.

import type { ServiceDefinition } from '../../lib/settings/service-definition.ts';
import type { Case } from './policy-cases.ts';

/** Names with dashes and digits, of which camel case would make one name, or none that CEL accepts. */
export const ownServices: readonly ServiceDefinition[] = [
  {
    name: 'my-broker-1',
    title: 'My Broker',
    trigger: 'role',
    keys: {
      role: { meaning: 'The role.', pattern: '[a-z-]{1,20}', example: 'shop' },
      'region--1': { meaning: 'The region.', pattern: '[a-z]+', example: 'eu', required: true },
    },
    audience: 'broker.{region--1}.example.com',
    identity: { BROKER_ROLE: '{role}', BROKER_TOKEN_FILE: '{token}' },
    otherCredentials: ['BROKER_PASSWORD'],
  },
  {
    name: 'my-broker1',
    title: 'My Other Broker',
    trigger: 'role',
    keys: {
      role: { meaning: 'The role.', pattern: '(?!admin)[a-z-]{1,20}', example: 'shop', default: 'guest' },
    },
    identity: { OTHER_TOKEN_FILE: '{token}' },
  },
];

const broker = { 'cwii.dev/my-broker-1-role': 'shop', 'cwii.dev/my-broker-1-region--1': 'eu' };
const other = { 'cwii.dev/my-broker1-role': 'shop', 'cwii.dev/my-broker1-audience': 'other.example.com' };
const databricks = {
  'cwii.dev/databricks-client-id': '11111111-2222-3333-4444-555555555555',
  'cwii.dev/databricks-host': 'https://my-workspace.cloud.databricks.com',
};
const account = { 'cwii.dev/databricks-account-id': '66666666-7777-8888-9999-000000000000' };
const vault = { 'cwii.dev/token-my-vault-1': 'vault.example.com' };
const app = (...names: string[]) => ({
  name: 'app',
  image: 'registry.example/app',
  env: names.map((name) => ({ name, value: '/own/value' })),
});
const tokenVolume = (name: string) => ({
  name,
  projected: { sources: [{ serviceAccountToken: { path: 'token', audience: 'vault.example.com' } }] },
});

/** Pods that the webhook denies too, for another reason. */
export const deniedServiceCases: readonly Case[] = [
  {
    sentence: "a malformed value of a service by the pod's author",
    refused: 'My Broker',
    pod: { annotations: { ...broker, 'cwii.dev/my-broker-1-role': 'Shop' } },
  },
  {
    sentence: 'the second of two tokens',
    refused: 'the token my-vault-1',
    pod: {
      annotations: { ...vault, 'cwii.dev/token-a': 'a.example.com' },
      volumes: [tokenVolume('cwii-a-token')],
    },
  },
];

const noCloud = { 'cwii.dev/aws-inject': 'false', 'cwii.dev/az-inject': 'False', 'cwii.dev/gcp-inject': 'false' };

const numbers = (count: number) => Array.from({ length: count }, (_, index) => index + 1);

export const serviceCases: readonly Case[] = [
  // Pods that should have an identity.
  {
    sentence: 'a service of the catalogue with an audience of three scopes',
    refused: 'Databricks',
    pod: { annotations: { 'cwii.dev/databricks-client-id': databricks['cwii.dev/databricks-client-id'] } },
    serviceAccountAnnotations: { 'cwii.dev/databricks-host': databricks['cwii.dev/databricks-host'] },
    namespaceAnnotations: account,
  },
  { sentence: 'a service of its own on the pod', refused: 'My Broker', pod: { annotations: broker } },
  { sentence: 'a service of its own on the ServiceAccount', refused: 'My Broker', serviceAccountAnnotations: broker },
  { sentence: 'a service of its own on the namespace', refused: 'My Broker', namespaceAnnotations: broker },
  { sentence: 'a service of its own on the Deployment', refused: 'My Broker', deploymentAnnotations: broker },
  {
    sentence: 'a service of its own with an audience by annotation, and a name that differs by a dash',
    refused: 'My Other Broker',
    pod: { annotations: other },
  },
  {
    sentence: 'a service of its own by "true" and a default',
    refused: 'My Other Broker',
    pod: { annotations: { 'cwii.dev/my-broker1-inject': 'true', 'cwii.dev/my-broker1-audience': 'other.example.com' } },
  },
  {
    sentence: 'a container that sets only the role of a service',
    refused: 'My Broker',
    pod: { annotations: broker, containers: [app('BROKER_ROLE')] },
  },
  { sentence: 'a token on the pod', refused: 'the token my-vault-1', pod: { annotations: vault } },
  { sentence: 'a token on the ServiceAccount', refused: 'the token my-vault-1', serviceAccountAnnotations: vault },
  { sentence: 'a token on the namespace', refused: 'the token my-vault-1', namespaceAnnotations: vault },
  { sentence: 'a token on the Deployment', refused: 'the token my-vault-1', deploymentAnnotations: vault },
  {
    sentence: 'a token for a pod that suppresses every cloud, but sets a key of a service',
    refused: 'the token my-vault-1',
    namespaceAnnotations: vault,
    pod: { annotations: { ...noCloud, 'cwii.dev/my-broker-1-inject': 'false' } },
  },
  // Pods that start.
  {
    sentence: 'a service and a token for a pod that suppresses every cloud',
    serviceAccountAnnotations: broker,
    namespaceAnnotations: vault,
    pod: { annotations: noCloud },
  },
  {
    sentence: 'a disabled service',
    pod: { annotations: { 'cwii.dev/stackit-service-account-email': 'a@sa.stackit.cloud' } },
  },
  { sentence: 'a service without its audience', pod: { annotations: databricks } },
  {
    sentence: 'a service without a required key',
    pod: { annotations: { 'cwii.dev/my-broker-1-role': 'shop' } },
  },
  {
    sentence: 'a service with "false" on the ServiceAccount',
    namespaceAnnotations: broker,
    serviceAccountAnnotations: { 'cwii.dev/my-broker-1-inject': 'false' },
  },
  {
    sentence: 'a malformed value of a service on the namespace',
    pod: { annotations: { 'cwii.dev/my-broker-1-role': 'shop' } },
    namespaceAnnotations: { 'cwii.dev/my-broker-1-region--1': 'EU' },
  },
  {
    sentence: 'a container with its own token for a service',
    pod: { annotations: broker, containers: [app('BROKER_ROLE', 'BROKER_TOKEN_FILE')] },
  },
  {
    sentence: 'a service for which every container is skipped',
    serviceAccountAnnotations: { ...broker, 'cwii.dev/skip-containers': 'app' },
    pod: { containers: [app()] },
  },
  {
    sentence: 'a token with "False" on the namespace',
    namespaceAnnotations: { ...vault, 'cwii.dev/token-my-vault-1-inject': 'False' },
  },
  {
    // The API server ends a policy that costs too much, and then refuses the pod with another message.
    sentence: 'a service and sixteen tokens in a pod of fifty containers with fifty variables each',
    refused: 'Alibaba Cloud',
    namespaceAnnotations: {
      'cwii.dev/alibaba-role-arn': 'acs:ram::1234567890123456:role/my-app',
      'cwii.dev/alibaba-oidc-provider-arn': 'acs:ram::1234567890123456:oidc-provider/my-cluster',
      ...Object.fromEntries(numbers(16).map((number) => [`cwii.dev/token-t${number}`, 'broker.example.com'])),
      ...Object.fromEntries(numbers(16).map((number) => [`cwii.dev/token-t${number}-env`, `TOKEN_${number}`])),
    },
    pod: {
      containers: numbers(50).map((number) => ({
        name: `app-${number}`,
        image: 'registry.example/app',
        env: numbers(50).map((index) => ({ name: `OWN_${index}`, value: `${index}` })),
      })),
    },
  },
  { sentence: 'a lifetime without its token', pod: { annotations: { 'cwii.dev/token-my-vault-1-expiration': '600' } } },
  {
    sentence: 'an invalid variable for a token on the namespace',
    serviceAccountAnnotations: vault,
    namespaceAnnotations: { 'cwii.dev/token-my-vault-1-env': 'not a variable' },
  },
  {
    sentence: 'a token with the name of a service',
    namespaceAnnotations: { 'cwii.dev/token-my-broker-1': 'a.example.com' },
  },
  {
    sentence: 'a token whose variable every container sets',
    pod: {
      annotations: { ...vault, 'cwii.dev/token-my-vault-1-env': 'VAULT_TOKEN_FILE' },
      containers: [app('VAULT_TOKEN_FILE')],
    },
  },
  {
    sentence: 'a pod that already has the volume of its token',
    pod: { annotations: vault, volumes: [tokenVolume('cwii-my-vault-1-token')] },
  },
  {
    sentence: 'a pod that the webhook marked as without a token',
    deploymentAnnotations: { 'cwii.dev/token-my-vault-1-inject': 'false' },
    serviceAccountAnnotations: vault,
    pod: { annotations: { 'cwii.dev/injected': '' } },
  },
];
