// A service as a provider: its definition is prepared once, and evaluated for each pod.

import type { FixedDocs } from '../../annotations/finding-docs.ts';
import type { Explicit } from '../../annotations/resolve.ts';
import { serviceFindings } from '../../annotations/service-findings.ts';
import type { ServiceDefinition } from '../../settings/service-definition.ts';
import type { EvaluationInput, Provider, ProviderInfo, ProviderOutcome } from '../provider.ts';
import type { Toolbox } from '../toolbox.ts';
import { annotationOf, type PreparedKey, type PreparedService, prepare } from './prepared-service.ts';
import { FILE_SUFFIX, findTaken, injectToken, type Paths } from './token-identity.ts';

/** Longer values would fill the pod. */
export const LONGEST_VALUE = 1024;

/** @param enabled whether the cluster owner enabled the service. */
export function serviceProvider(definition: ServiceDefinition, enabled: boolean, tools: Toolbox): Provider {
  const { name, title, trigger, identity, variables = {}, file, tokenExpiration } = definition;
  const prepared = prepare(definition, tools);
  const self: ProviderInfo = {
    id: name,
    cloud: title,
    trigger: annotationOf(definition, trigger),
    injectKey: annotationOf(definition, 'inject'),
    disabledBy: () => (enabled ? undefined : 'CWII_SERVICES'),
    identityVariables: Object.keys(identity),
    furtherVariables: Object.keys(variables),
    otherCredentials: prepared.staticKeys,
    principalVariable: prepared.principal,
    footprint: {
      volumes: [`cwii-${name}-token`, ...(file ? [`cwii-${name}${FILE_SUFFIX}`] : [])],
      fileVariables: prepared.fileVariables,
      ...(file && {
        annotation: {
          key: annotationOf(definition, 'file'),
          missing: (at) => tools.findingFrom('service-file-missing', serviceFindings['service-file-missing'], at, {}),
        },
      }),
    },
  };
  const service: Service = {
    ...prepared,
    self,
    audienceKey: annotationOf(definition, 'audience'),
    expirationKey: annotationOf(definition, 'token-expiration'),
    expiration: tokenExpiration?.default,
    longest: tokenExpiration?.longest === undefined ? undefined : { seconds: tokenExpiration.longest, who: title },
    names: [...self.identityVariables, ...self.furtherVariables],
    tools,
  };
  return { ...self, evaluate: (input) => evaluate(service, input) };
}

interface Service extends PreparedService {
  readonly self: ProviderInfo;
  readonly audienceKey: string;
  readonly expirationKey: string;
  /** The lifetime of the token in seconds by default. */
  readonly expiration: number | undefined;
  readonly longest: Parameters<Toolbox['readExpiration']>[2];
  /** The names of all variables. */
  readonly names: readonly string[];
  readonly tools: Toolbox;
}

/** The value of a key that a scope sets. */
interface Written {
  readonly key: PreparedKey;
  readonly at: Explicit<string>;
}

function evaluate(service: Service, input: EvaluationInput): ProviderOutcome {
  const { self, keys, names, tools, audienceKey } = service;
  const { request, outcome } = tools.checkRequest(self, input);
  if (!request) return outcome;
  const written: Written[] = [];
  const values = new Map<string, string>();
  for (const key of keys) {
    const at = input.resolution.find(key.annotation) as Explicit<string> | undefined;
    if (at) written.push({ key, at });
    const value = at?.value ?? key.byDefault;
    if (value !== undefined) values.set(key.name, value);
  }
  const malformed = written.find(({ key, at }) => !isValid(key.pattern, at.value));
  if (malformed) {
    const code = 'service-value-invalid';
    return tools.invalid(code, malformed.at, self.cloud, input, undefined, exampleFor(malformed.key));
  }
  const ofAudience = input.resolution.find(audienceKey) as Explicit<string> | undefined;
  const audience = ofAudience?.value ?? service.audience?.fill((key) => values.get(key));
  const missing = keys.find(({ name, required }) => required && !values.has(name))?.annotation;
  if (missing !== undefined || !audience) {
    const params = { key: missing ?? audienceKey, service: self.cloud };
    const docs = serviceFindings['service-key-missing'];
    return {
      kind: 'withheld',
      findings: [tools.findingFrom('service-key-missing', docs, tools.locationOf(request), params)],
    };
  }
  const checked = ofAudience ?? audienceFromKeys(service, audience, written);
  const long = tools.checkAudienceLength([checked], self.cloud, input);
  if (long) return long;
  const denied = written.flatMap(({ at }) => notAllowed(at, input, tools));
  denied.push(...(checked ? tools.checkAudience(checked, input) : checkByDefault(request, audience, input, tools)));
  const taken = findTaken(names, input);
  if (taken) {
    const code = 'service-variable-taken';
    denied.push(tools.findingFrom(code, serviceFindings[code], tools.locationOf(request), taken));
  }
  if (denied.length > 0) return { kind: 'deny', findings: denied };
  return inject(service, input, audience, values);
}

function inject(
  { self, expirationKey, expiration, longest, identity, extras, file, tools, ...service }: Service,
  input: EvaluationInput,
  audience: string,
  values: ReadonlyMap<string, string>,
): ProviderOutcome {
  const chosen = input.resolution.find(expirationKey) as Explicit<string> | undefined;
  const lifetime = tools.readExpiration(chosen, expiration ?? input.settings.tokenExpiration, longest);
  const isSet = (key: string) => values.has(key);
  const lookUp = (paths: Paths) => (placeholder: string) =>
    placeholder === 'token' || placeholder === 'file' ? paths[placeholder] : values.get(placeholder);
  const variablesOf = (variables: PreparedService['identity'], paths: Paths) =>
    variables
      .filter(({ keys }) => keys.every(isSet))
      .map(({ name, template }) => tools.literal(name, template.fill(lookUp(paths)) ?? ''));
  return injectToken(
    self,
    input,
    {
      audience,
      expirationSeconds: lifetime.seconds,
      names: service.names,
      variables: (paths) => ({ identity: variablesOf(identity, paths), extras: variablesOf(extras, paths) }),
      fileVariable: service.fileVariables[0],
      principal: service.principal,
      file: file && { ...file, content: (paths) => JSON.stringify(file.json(lookUp(paths))) },
      staticKeys: service.staticKeys,
      examine: service.examine,
      findings: lifetime.findings,
    },
    tools,
  );
}

function isValid(pattern: RegExp, value: string): boolean {
  return value.length <= LONGEST_VALUE && !/\p{Cc}/u.test(value) && pattern.test(value);
}

/** The finding's entry with the example of the key in its remedy. */
function exampleFor({ example }: PreparedKey) {
  const { problem } = serviceFindings['service-value-invalid'];
  return { problem, remedy: `write a value such as ${example.slice(0, 100)}` };
}

/** An audience that annotations choose, at the place of the first of them; undefined for a fixed one. */
function audienceFromKeys(
  { audience: template }: Service,
  audience: string,
  written: readonly Written[],
): Explicit<string> | undefined {
  const at = template?.placeholders.flatMap((name) => written.find(({ key }) => key.name === name)?.at ?? [])[0];
  return at && { ...at, value: audience, raw: audience };
}

const ofTheOwner: FixedDocs<{ audience: string }> = {
  severity: 'deny',
  problem: ({ audience }) =>
    `the service's audience "${audience}" is one of the API server, and the token would give access to the cluster`,
  remedy: 'ask the cluster owner for another audience',
};

/** The audience of the definition. The API server's own tokens can name it, which no setting tells. */
function checkByDefault(
  request: Explicit<unknown>,
  audience: string,
  { apiAudiences }: EvaluationInput,
  tools: Toolbox,
) {
  const isOfApi = tools.serviceRules.isApiServerAudience(audience, apiAudiences);
  return isOfApi
    ? [tools.findingFrom('audience-of-api-server', ofTheOwner, tools.locationOf(request), { audience })]
    : [];
}

const GUARD_RAIL = 'CWII_ALLOWED_SERVICE_VALUES';

/** Patterns have the form `<service>-<key>=<pattern>`. A key without any allows every value. */
function notAllowed(at: Explicit<string>, { settings, namespace }: EvaluationInput, tools: Toolbox) {
  const { allowed } = settings.services;
  if (!allowed) return [];
  const key = `${at.key.slice('cwii.dev/'.length)}=`;
  const patterns = allowed.filter(({ text }) => text.startsWith(key));
  const allows = patterns.length === 0 || patterns.some(({ matches }) => matches(key + at.value, namespace));
  return allows ? [] : [tools.findingOf('not-allowed', tools.locationOf(at), { rule: GUARD_RAIL })];
}
