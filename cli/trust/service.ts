// Services: the values that a service must trust, and the form of its vendor where there is one.

import { isPrivateHost } from '../../cluster-file/issuer-url.ts';
import { shellWord } from '../shell-word.ts';
import type { ServiceIdentity } from './identities.ts';
import { hclAttributes, hclBlock, hclList, hclName, hclString } from './text.ts';
import {
  invalidInput,
  jsonText,
  namesOf,
  script,
  subjectsOf,
  type TrustFormat,
  type TrustInput,
  type TrustWriter,
} from './trust-input.ts';

type Input = TrustInput<ServiceIdentity>;

const PRIVATE_ISSUER =
  'The host of the issuer is private: give the service the keys, kubectl get --raw /openid/v1/jwks';

/** Every service has these two. */
const common = {
  text(input: Input): string {
    const { identity, issuer } = input;
    const { title, audience, values, documentation } = identity;
    const lines = [
      ['issuer', issuer.url],
      ['audience', audience],
      ...subjectsOf(input).map((subject) => ['subject', subject]),
      ...Object.entries(values),
      ...(documentation === undefined ? [] : [['documentation', documentation]]),
    ].map(([name = '', value = '']) => `${`${name}:`.padEnd(24)} ${value}`);
    const name = title[0]?.toUpperCase() + title.slice(1);
    const head = `# ${name} must trust these values of ${namesOf(input.serviceAccounts)}, to the last character.`;
    const note = isPrivateHost(issuer.host) ? [`# ${PRIVATE_ISSUER}`] : [];
    return `${[head, ...note, ...lines].join('\n')}\n`;
  },

  json(input: Input): string {
    const { identity, issuer } = input;
    const { id, audience, values, documentation } = identity;
    return jsonText({
      service: id,
      issuer: issuer.url,
      audience,
      subjects: subjectsOf(input),
      values,
      ...(documentation !== undefined && { documentation }),
      ...vendorJson[id]?.(input),
    });
  },
};

export function serviceTrust(id: string): TrustWriter<ServiceIdentity> {
  return { ...common, ...vendorForms[id] };
}

/** The formats of a service, for messages. */
export function formatsOf(id: string): readonly TrustFormat[] {
  return Object.keys(serviceTrust(id)) as TrustFormat[];
}

/** Documents that the API or the console of the vendor takes. */
const vendorJson: Readonly<Record<string, (input: Input) => object>> = {
  alibaba: (input) => ({
    trustPolicy: {
      Version: '1',
      Statement: [
        {
          Effect: 'Allow',
          Action: 'sts:AssumeRole',
          Principal: { Federated: [input.identity.values['oidc-provider-arn']] },
          Condition: {
            StringEquals: {
              'oidc:iss': [input.issuer.url],
              'oidc:aud': [input.identity.audience],
              'oidc:sub': subjectsOf(input),
            },
          },
        },
      ],
    },
  }),
  databricks: (input) => ({ federationPolicies: subjectsOf(input).map((subject) => policyFor(subject, input)) }),
};

const vendorForms: Readonly<Record<string, TrustWriter<ServiceIdentity>>> = {
  databricks: {
    cli: (input) =>
      script(
        `# Lets ${namesOf(input.serviceAccounts)} of ${input.issuer.url} be a service principal of Databricks.`,
        '# Give its ID, which is a number, not the application ID: databricks account service-principals list',
        'set -eu',
        ': "${SERVICE_PRINCIPAL_ID:?set it to the ID of the service principal}"',
        ...subjectsOf(input).map(
          (subject) =>
            `databricks account service-principal-federation-policy create "$SERVICE_PRINCIPAL_ID" --json ${shellWord(JSON.stringify(policyFor(subject, input)))}`,
        ),
      ),
    terraform: (input) =>
      hcl(
        '# For the provider databricks/databricks at the level of the account.',
        ...hclBlock('variable "service_principal_id"', [
          'type        = number',
          'description = "The ID of the service principal, not its application ID."',
        ]),
        ...input.serviceAccounts.flatMap((one, index) => [
          '',
          ...hclBlock(`resource "databricks_service_principal_federation_policy" "${hclName(one)}"`, [
            'service_principal_id = var.service_principal_id',
            'oidc_policy = {',
            ...hclAttributes([
              ['issuer', hclString(input.issuer.url)],
              ['audiences', hclList([input.identity.audience])],
              ['subject', hclString(subjectsOf(input)[index] ?? '')],
            ]).map((line) => `  ${line}`),
            '}',
          ]),
        ]),
      ),
  },

  hcp: {
    cli(input) {
      const { identity, issuer } = input;
      const [, principal = '', name = ''] =
        /^(iam\/project\/.+)\/workload-identity-provider\/(.+)$/.exec(identity.values['provider'] ?? '') ?? [];
      const condition = subjectsOf(input)
        .map((subject) => `jwt_claims.sub == ${JSON.stringify(subject)}`)
        .join(' or ');
      if (identity.audience !== identity.values['provider'])
        throw invalidInput(
          'the provider of HCP accepts its own name as audience by default; use -o text for another one',
        );
      return script(
        `# Lets ${namesOf(input.serviceAccounts)} of ${issuer.url} be the service principal ${principal}.`,
        'set -eu',
        `hcp iam workload-identity-providers create-oidc ${shellWord(name)} --service-principal=${shellWord(principal)} \\`,
        `  --issuer=${shellWord(issuer.url)} --conditional-access=${shellWord(condition)}`,
      );
    },
  },

  stackit: {
    terraform: (input) =>
      hcl(
        ...hclBlock('variable "project_id"', [
          'type        = string',
          'description = "The project of the service account."',
        ]),
        ...input.serviceAccounts.flatMap((one, index) => {
          const assertion = (item: string, value: string) =>
            `  { item = "${item}", operator = "equals", value = ${hclString(value)} },`;
          return [
            '',
            ...hclBlock(`resource "stackit_service_account_federated_identity_provider" "${hclName(one)}"`, [
              ...hclAttributes([
                ['project_id', 'var.project_id'],
                ['service_account_email', hclString(input.identity.values['service-account-email'] ?? '')],
                ['name', hclString(`${one.namespace}-${one.name}`.replaceAll('.', '-'))],
                ['issuer', hclString(input.issuer.url)],
              ]),
              'assertions = [',
              assertion('aud', input.identity.audience),
              assertion('sub', subjectsOf(input)[index] ?? ''),
              ']',
            ]),
          ];
        }),
      ),
  },
};

/** As the API of the account takes it. */
function policyFor(subject: string, { identity, issuer }: Input): object {
  return { oidc_policy: { issuer: issuer.url, audiences: [identity.audience], subject } };
}

function hcl(...lines: readonly string[]): string {
  return `${lines.join('\n')}\n`;
}
