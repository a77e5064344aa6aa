// Reads from a pod which identities its containers have, as names and values that can be compared.

import { AWS_CONFIG } from '../../lib/annotations/keys.ts';
import { fieldOf, isObject, parseJson } from '../../lib/common/json.ts';
import { containersOf, type PodContainer } from '../../lib/injection/containers.ts';
import { EarlierWork, readsOurFile } from '../../lib/injection/earlier.ts';
import { containersIn, type Pod, readPod } from '../../lib/kubernetes/pod.ts';
import type { VariableView } from '../../lib/kubernetes/schemas.ts';
import type { Provider } from '../../lib/providers/provider.ts';
import { providers as clouds } from '../../lib/providers/registry.ts';
import type { Manifest } from '../preview/manifest-reader.ts';

/** Values of an identity by name, such as `role`, `audience` and `lifetime`. */
export type IdentityValues = Readonly<Record<string, string>>;

export interface ContainerIdentity {
  readonly provider: string;
  readonly cloud: string;
  readonly container: string;
  readonly values: IdentityValues;
  /** Who a container of a service is, if a variable says so. */
  readonly principal?: string;
}

/** The names of values in reports, by the variable that has the value. */
const valueNames: Readonly<Record<string, string>> = {
  AWS_ROLE_ARN: 'role',
  AWS_REGION: 'region',
  AWS_ROLE_SESSION_NAME: 'session name',
  AWS_STS_REGIONAL_ENDPOINTS: 'STS endpoints',
  AZURE_CLIENT_ID: 'client',
  AZURE_TENANT_ID: 'tenant',
  AZURE_AUTHORITY_HOST: 'authority host',
  GOOGLE_CLOUD_PROJECT: 'project',
};

/** @param providers the clouds and services of the pod. */
export function identitiesOf(manifest: Manifest, providers: readonly Provider[]): ContainerIdentity[] {
  const pod = readPod(manifest, manifest.metadata.namespace ?? '');
  // Every identity has a volume with a reserved name.
  if (!pod.volumes.some(({ name }) => name.startsWith('cwii-'))) return [];
  const earlier = new EarlierWork(pod);
  const { users } = containersOf(pod);
  return providers
    .map((provider) => onPod(provider, earlier))
    .filter(({ footprint }) => earlier.hasVolumes(footprint))
    .flatMap((provider) => {
      return users
        .filter(({ view }) => readsOurFile(view, provider.footprint, earlier))
        .map((user) => {
          const values = variableValues(user, provider);
          const principal = values[provider.principalVariable ?? ''];
          return {
            provider: provider.id,
            cloud: provider.cloud,
            container: user.view.name,
            values: { ...values, ...tokenValues(pod, provider), ...fileValues(pod, user, provider) },
            ...(principal !== undefined && { principal }),
          };
        });
    });
}

/** The provider with the footprint of the form that the pod has. */
function onPod(provider: Provider, earlier: EarlierWork): Provider {
  const { fileFootprint } = provider;
  return fileFootprint && earlier.hasVolumes(fileFootprint) ? { ...provider, footprint: fileFootprint } : provider;
}

/** The variable with which a container names an identity of its own; undefined if it has none. */
export function ownIdentityIn(manifest: Manifest, providers: readonly Provider[]): string | undefined {
  const pod = readPod(manifest, manifest.metadata.namespace ?? '');
  const earlier = new EarlierWork(pod);
  for (const view of containersIn(pod)) {
    for (const { footprint } of providers.map((provider) => onPod(provider, earlier))) {
      const file = view.env?.find(({ name, value, valueFrom }) => {
        return footprint.fileVariables.includes(name) && Boolean(value || valueFrom);
      });
      if (file && !readsOurFile(view, footprint, earlier)) return file.name;
    }
  }
  return undefined;
}

function variableValues({ view }: PodContainer, provider: Provider): IdentityValues {
  const values: Record<string, string> = {};
  const ours = [...provider.identityVariables, ...provider.furtherVariables];
  for (const variable of view.env ?? []) {
    const name =
      valueNames[variable.name] ?? (isService(provider) ? nameInService(variable.name, provider) : undefined);
    if (name !== undefined && ours.includes(variable.name)) values[name] = textOf(variable);
  }
  return values;
}

function isService({ id }: Provider): boolean {
  return !clouds.some((cloud) => cloud.id === id);
}

/** Services have the names of their variables. The path of a file says nothing. */
function nameInService(variable: string, { footprint }: Provider): string | undefined {
  return footprint.fileVariables.includes(variable) ? undefined : variable;
}

/** A value from a Secret or ConfigMap is not read: only where it comes from is shown. */
function textOf({ value, valueFrom }: VariableView): string {
  for (const [kind, source] of Object.entries(valueFrom ?? {})) {
    if (!isObject(source)) continue;
    if (kind === 'fieldRef') return `$(${String(source['fieldPath'])})`;
    if (kind === 'secretKeyRef') return `from Secret ${String(source['name'])}`;
    if (kind === 'configMapKeyRef') return `from ConfigMap ${String(source['name'])}`;
  }
  return value ?? '';
}

function tokenValues({ volumes }: Pod, { footprint }: Provider): IdentityValues {
  const volume = volumes.find(({ name }) => name === footprint.volumes[0]);
  const sources = fieldOf(volume?.['projected'], 'sources');
  const token = fieldOf(Array.isArray(sources) ? sources[0] : undefined, 'serviceAccountToken');
  const [audience, seconds] = [fieldOf(token, 'audience'), fieldOf(token, 'expirationSeconds')];
  return {
    ...(typeof audience === 'string' && { audience }),
    ...(typeof seconds === 'number' && { lifetime: `${seconds} s` }),
  };
}

const IMPERSONATION = /\/serviceAccounts\/([^/:]+):generateAccessToken$/;

/** The line of a role in a file of `configFile` (aws-target-role.ts). */
const roleIn = (section: string, file: string) =>
  new RegExp(`^\\[${section}\\]\\n(?:.+\\n)*?role_arn = (.+)$`, 'm').exec(file)?.[1];

/** The credentials file, from an annotation of the pod or a variable of the container that writes it. */
function fileValues({ annotations, initContainers }: Pod, { view }: PodContainer, provider: Provider): IdentityValues {
  const { footprint } = provider;
  if (!footprint.annotation) return {};
  if (footprint.annotation.key === AWS_CONFIG) {
    // A container with a role of its own does not read the file.
    if (!view.env?.some(({ name }) => name === 'AWS_CONFIG_FILE')) return {};
    const file = annotations[AWS_CONFIG] ?? '';
    const [role, target] = [roleIn('profile cwii-pod', file), roleIn('default', file)];
    return { ...(role !== undefined && { role }), ...(target !== undefined && { 'target role': target }) };
  }
  const written = annotations[footprint.annotation.key];
  if (isService(provider)) return written === undefined ? {} : { file: written };
  const writer = initContainers.find(
    ({ name, volumeMounts }) =>
      name.startsWith('cwii-') && volumeMounts?.some((mount) => footprint.volumes.includes(mount.name)),
  );
  const inContainer = writer?.env?.find(({ name }) => name === 'CREDENTIALS')?.value;
  const file = parseJson(written ?? inContainer ?? '');
  const [audience, url] = [fieldOf(file, 'audience'), fieldOf(file, 'service_account_impersonation_url')];
  const account = typeof url === 'string' ? IMPERSONATION.exec(url)?.[1] : undefined;
  const seconds = fieldOf(fieldOf(file, 'service_account_impersonation'), 'token_lifetime_seconds');
  return {
    ...(account !== undefined && { 'service account': account }),
    ...(typeof audience === 'string' && { provider: audience }),
    ...(typeof seconds === 'number' && { 'access token lifetime': `${seconds} s` }),
  };
}

/** Who the containers become, and in which account of the cloud. */
export interface Principal {
  readonly cloud: string;
  /** A role, a client ID or a service account; for GCP without one, the ServiceAccount itself. */
  readonly name: string;
  /** An AWS account, a tenant or a project. */
  readonly account: string | undefined;
}

/** @param subject the pod's ServiceAccount, `NAMESPACE/NAME`. */
export function principalOf({ provider, cloud, values, principal }: ContainerIdentity, subject: string): Principal {
  switch (provider) {
    case 'aws': {
      const role = values['target role'] ?? values['role'] ?? '';
      return { cloud, name: role, account: /^arn:[^:]*:iam::(\d+):/.exec(role)?.[1] };
    }
    case 'az':
      return { cloud, name: values['client'] ?? 'a client ID of the container', account: values['tenant'] };
    case 'gcp': {
      const account = values['service account'];
      const project = account?.match(/@([^.]+)\.iam\.gserviceaccount\.com$/)?.[1];
      const number = values['provider']?.match(/\/projects\/([^/]+)\//)?.[1];
      return { cloud, name: account ?? `${subject} itself`, account: project ?? number };
    }
    default:
      return { cloud, name: principal ?? values['audience'] ?? '', account: undefined };
  }
}
