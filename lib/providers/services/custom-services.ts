// Reads CWII_SERVICES and CWII_CUSTOM_SERVICES.

import { catalogue } from '../../settings/service-catalogue.ts';
import type { ServiceDefinition } from '../../settings/service-definition.ts';
import { audienceByDefault, STANDARD_KEYS } from '../../settings/service-templates.ts';
import type { MutateSettings } from '../../settings/webhook-config.ts';
import type { Toolbox } from '../toolbox.ts';

/** The catalogue and the services of one's own. @throws {ConfigError} with a sentence for every problem. */
export async function allServices(settings: MutateSettings, tools: Toolbox): Promise<readonly ServiceDefinition[]> {
  return [...catalogue, ...(await loadCustomServices(settings, tools))];
}

/** @throws {ConfigError} with a sentence for every problem. */
export async function loadCustomServices(
  { services: { enabled, custom }, apiAudiences }: MutateSettings,
  { ConfigError, serviceRules }: Toolbox,
): Promise<readonly ServiceDefinition[]> {
  const known = catalogue.map(({ name }) => name);
  const unknown = enabled === 'all' ? [] : enabled.filter((name) => name !== 'none' && !known.includes(name));
  const problems = unknown.map(
    (name) => `CWII_SERVICES names ${name}; write all, none, or names of ${known.join(', ')}, separated by commas`,
  );
  const services = custom === undefined ? [] : await readServices(custom, serviceRules, problems);
  const names = [...known, ...services.map(({ name }) => name)];
  for (const { name } of services) {
    if (names.indexOf(name) !== names.lastIndexOf(name)) {
      problems.push(`CWII_CUSTOM_SERVICES has the service ${name}, which exists already; choose another name`);
    }
  }
  for (const { name, audience, keys } of services) {
    const byDefault = audienceByDefault(audience, keys);
    if (byDefault !== undefined && serviceRules.isApiServerAudience(byDefault, apiAudiences)) {
      problems.push(
        `CWII_CUSTOM_SERVICES has the service ${name} with the audience "${byDefault}", which is an audience of the API server; a service that receives such a token could use the cluster, so set another audience`,
      );
    }
  }
  const owners = new Map<string, string>();
  for (const { name, keys } of [...catalogue, ...services]) {
    for (const key of [...Object.keys(keys), ...STANDARD_KEYS]) {
      const annotation = `cwii.dev/${name}-${key}`;
      const other = owners.get(annotation);
      if (other !== undefined && other !== name) {
        problems.push(`the services ${other} and ${name} both have the annotation ${annotation}; rename a key`);
      }
      owners.set(annotation, name);
    }
  }
  if (problems.length > 0) throw new ConfigError([...new Set(problems)]);
  return services;
}

async function readServices(
  text: string,
  rules: Toolbox['serviceRules'],
  problems: string[],
): Promise<readonly ServiceDefinition[]> {
  let list: unknown;
  try {
    list = JSON.parse(text);
  } catch (error) {
    problems.push(`CWII_CUSTOM_SERVICES is not JSON: ${(error as Error).message}`);
    return [];
  }
  // It loads zod, which only custom services need.
  const { checkServices } = await import('../../settings/service-definition.ts');
  const checked = checkServices(list, rules);
  if (!checked.problems) return checked.services;
  problems.push(...checked.problems.map((problem) => `CWII_CUSTOM_SERVICES: ${problem}`));
  return [];
}
