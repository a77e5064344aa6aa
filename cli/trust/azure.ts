// Azure: the federated identity credentials of a managed identity or an app registration.

import { digestOf } from '../secret-file.ts';
import { shellWord } from '../shell-word.ts';
import type { AzureIdentity, ServiceAccountName } from './identities.ts';
import { subjectOf } from './identities.ts';
import { hclAttributes, hclBlock, hclList, hclName, hclString } from './text.ts';
import { jsonText, namesOf, script, type TrustInput, type TrustWriter } from './trust-input.ts';

type Input = TrustInput<AzureIdentity>;

export const azureTrust: TrustWriter<AzureIdentity> = {
  json(input) {
    const [first, ...more] = input.serviceAccounts.map((one) => credentialFor(one, input));
    return jsonText(more.length === 0 ? first : [first, ...more]);
  },

  cli(input) {
    const { identity, issuer, serviceAccounts } = input;
    const clientId = identity.clientId;
    return script(
      `# Lets ${namesOf(serviceAccounts)} of ${issuer.url} use the identity with the client ID ${clientId}.`,
      '# Sign in to its tenant first: az login',
      'set -eu',
      '',
      `identity=$(az identity list --query "[?clientId=='${clientId}'].id | [0]" --output tsv)`,
      'if [ -n "$identity" ]; then',
      '  group=$(az identity show --ids "$identity" --query resourceGroup --output tsv)',
      ...serviceAccounts.flatMap((one) => {
        const { name, subject, audiences } = credentialFor(one, input);
        return [
          `  az identity federated-credential create --name ${shellWord(name)} \\`,
          '    --identity-name "${identity##*/}" --resource-group "$group" \\',
          `    --issuer ${shellWord(issuer.url)} --subject ${shellWord(subject)} --audiences ${audiences.map(shellWord).join(' ')}`,
        ];
      }),
      'else',
      '  # It is not a managed identity of this subscription, so it is an app registration.',
      ...serviceAccounts.flatMap((one) => [
        `  az ad app federated-credential create --id ${clientId} \\`,
        `    --parameters ${shellWord(JSON.stringify(credentialFor(one, input)))}`,
      ]),
      'fi',
    );
  },

  terraform(input) {
    const { identity, issuer, serviceAccounts, application } = input;
    const lines = [
      `# Lets ${namesOf(serviceAccounts)} of ${issuer.url} use the identity with the client ID ${identity.clientId}.`,
      ...(application ? applicationLookup(identity) : identityLookup()),
      ...serviceAccounts.flatMap((one) => {
        const { name, subject, audiences } = credentialFor(one, input);
        const [type, ...own] = application
          ? ([
              'azuread_application_federated_identity_credential',
              ['application_id', 'data.azuread_application.workload.id'],
              ['display_name', hclString(name)],
              ['audiences', hclList(audiences)],
            ] as const)
          : ([
              'azurerm_federated_identity_credential',
              ['name', hclString(name)],
              ['user_assigned_identity_id', 'data.azurerm_user_assigned_identity.workload.id'],
              ['audience', hclList(audiences)],
            ] as const);
        const attributes = [...own, ['issuer', hclString(issuer.url)], ['subject', hclString(subject)]] as const;
        return ['', ...hclBlock(`resource "${type}" "${hclName(one)}"`, hclAttributes(attributes))];
      }),
    ];
    return `${lines.join('\n')}\n`;
  },
};

/** As `az ad app federated-credential create --parameters` takes it. */
function credentialFor(serviceAccount: ServiceAccountName, { identity, issuer, clusterName }: Input) {
  const cluster = clusterName ?? new URL(issuer.url).hostname;
  const whole = [cluster, serviceAccount.namespace, serviceAccount.name].join('_').replaceAll('.', '_');
  // At most 120 letters, digits, hyphens and underscores.
  const name = whole.length <= 120 ? whole : `${whole.slice(0, 111)}_${digestOf(whole).slice(0, 8)}`;
  return { name, issuer: issuer.url, subject: subjectOf(serviceAccount), audiences: [identity.audience] };
}

function applicationLookup({ clientId }: AzureIdentity): string[] {
  return hclBlock('data "azuread_application" "workload"', [`client_id = ${hclString(clientId)}`]);
}

/** The provider azurerm finds a managed identity by its name only. */
function identityLookup(): string[] {
  const variable = (name: string, description: string) =>
    hclBlock(
      `variable "${name}"`,
      hclAttributes([
        ['type', 'string'],
        ['description', hclString(description)],
      ]),
    );
  return [
    '# For the provider hashicorp/azurerm 5. For an app registration: cwii trust --application',
    ...variable('identity_name', 'The name of the user-assigned managed identity.'),
    '',
    ...variable('identity_resource_group', 'The resource group of the managed identity.'),
    '',
    ...hclBlock(
      'data "azurerm_user_assigned_identity" "workload"',
      hclAttributes([
        ['name', 'var.identity_name'],
        ['resource_group_name', 'var.identity_resource_group'],
      ]),
    ),
  ];
}
