// `--image-pulls`: the kubelet pulls images with the identity of the pod's ServiceAccount (KEP-4412).

import { InvalidArgumentError } from 'commander';
import type { Cluster } from '../../cluster-file/cluster-file.ts';
import type { Commented } from './commented-yaml.ts';
import { ACCESS, type GeneratedFile, NODES, yamlFile } from './generated-file.ts';
import { CREDENTIAL_PROVIDERS, nodeSnippets } from './image-pull-nodes.ts';
import type { GenerateOptions } from './options.ts';
import { clusterRoleBinding, groupSubject, RBAC } from './rbac-objects.ts';
import { requireVersion } from './required-version.ts';

export const registries = ['ecr', 'acr'] as const;
export type Registry = (typeof registries)[number];

/** @throws {InvalidArgumentError} for a registry that is not known. */
export function parseRegistries(text: string): readonly Registry[] {
  const names = text.split(',').map((name) => name.trim());
  const unknown = names.find((name) => !(registries as readonly string[]).includes(name));
  if (unknown === undefined) return names as Registry[];
  throw new InvalidArgumentError(`unknown registry "${unknown}". Use ${registries.join(' and ')}.`);
}

interface CredentialProvider {
  /** The plugin's program, which the kubelet looks for in its directory. */
  readonly program: string;
  readonly matchImages: readonly string[];
  readonly audience: string;
  readonly cacheDuration: string;
  /** The annotations of the ServiceAccount that the plugin reads. */
  readonly annotations: readonly string[];
  readonly args?: readonly string[];
  readonly comment: string;
}

const credentialProviders: Readonly<Record<Registry, CredentialProvider>> = {
  ecr: {
    program: 'ecr-credential-provider',
    matchImages: ['*.dkr.ecr.*.amazonaws.com', '*.dkr.ecr.*.amazonaws.com.cn', '*.dkr.ecr.*.amazonaws.eu'],
    audience: 'sts.amazonaws.com',
    cacheDuration: '12h',
    annotations: ['eks.amazonaws.com/ecr-role-arn'],
    comment:
      'The plugin assumes the role in the annotation eks.amazonaws.com/ecr-role-arn of the ServiceAccount. The name is fixed, also without EKS.',
  },
  acr: {
    program: 'acr-credential-provider',
    matchImages: ['*.azurecr.io', '*.azurecr.cn', '*.azurecr.us'],
    audience: 'api://AzureADTokenExchange',
    cacheDuration: '10m',
    annotations: ['kubernetes.azure.com/acr-client-id', 'kubernetes.azure.com/acr-tenant-id'],
    args: ['/etc/kubernetes/azure.json'],
    comment:
      'The plugin gets a token for the client and the tenant in the annotations of the ServiceAccount. It also needs a file with the name of the Azure cloud: {"cloud": "AzurePublicCloud"}.',
  },
};

/** @throws {CwiiError} `manifest-input-invalid` for a kubelet that does not read the configuration. */
export function imagePullFiles(cluster: Cluster, options: GenerateOptions): readonly GeneratedFile[] {
  const chosen = registries.filter((registry) => options.imagePulls.includes(registry));
  if (chosen.length === 0) return [];
  requireVersion(cluster, 'image-pulls', '--image-pulls');
  const config = credentialProviderConfig(chosen);
  const audiences = chosen.map((registry) => credentialProviders[registry].audience);
  return [
    yamlFile({
      path: `${ACCESS}/image-pulls.yaml`,
      purpose: 'Lets the nodes request tokens of their pods with the audiences of the image registries.',
      header: 'RBAC: the audiences of the tokens with which the nodes pull images.',
      objects: audienceAccess(audiences),
    }),
    yamlFile({
      path: `${NODES}/${CREDENTIAL_PROVIDERS}`,
      purpose: "The kubelet's CredentialProviderConfig: which plugin gets which token for which images.",
      header:
        'CredentialProviderConfig, for --image-credential-provider-config of the kubelet (Kubernetes 1.34). If you already have such a file, add the providers to it. The kubelet reads it at its start.',
      objects: [config],
    }),
    ...nodeSnippets(
      { programs: chosen.map((registry) => credentialProviders[registry].program), config: config.object },
      options.distribution,
    ),
  ];
}

/** Without these permissions, a node may only request audiences that the volumes of its pods name. */
export function audienceAccess(audiences: readonly string[]): readonly Commented[] {
  const name = 'cwii-image-pulls';
  return [
    {
      object: {
        apiVersion: `${RBAC}/v1`,
        kind: 'ClusterRole',
        metadata: { name },
        rules: [{ apiGroups: [''], resources: audiences, verbs: ['request-serviceaccounts-token-audience'] }],
      },
      comments: {
        'rules.0.resources':
          'The audiences stand in the place of resources. A node still gets tokens only for ServiceAccounts of its own pods.',
      },
    },
    clusterRoleBinding(name, name, groupSubject('system:nodes')),
  ];
}

export function credentialProviderConfig(chosen: readonly Registry[]): Commented {
  const providers = chosen.map((registry) => credentialProviders[registry]);
  return {
    object: {
      apiVersion: 'kubelet.config.k8s.io/v1',
      kind: 'CredentialProviderConfig',
      providers: providers.map(({ program, matchImages, audience, cacheDuration, annotations, args }) => ({
        name: program,
        matchImages,
        defaultCacheDuration: cacheDuration,
        apiVersion: 'credentialprovider.kubelet.k8s.io/v1',
        ...(args && { args }),
        tokenAttributes: {
          serviceAccountTokenAudience: audience,
          cacheType: 'ServiceAccount',
          requireServiceAccount: true,
          requiredServiceAccountAnnotationKeys: annotations,
        },
      })),
    },
    comments: Object.fromEntries(
      providers.flatMap(({ comment }, index) => [
        [`providers.${index}.name`, comment],
        [
          `providers.${index}.tokenAttributes.requiredServiceAccountAnnotationKeys`,
          'Without them the kubelet does not run the plugin. If the nodes have an identity of their own for other pods, set requireServiceAccount to false, and rename this key to optionalServiceAccountAnnotationKeys.',
        ],
      ]),
    ),
  };
}
