// A service as a provider: its definition, interpreted.

import type { Explicit } from '../../annotations/resolve.ts';
import { serviceFindings } from '../../annotations/service-findings.ts';
import type { ServiceDefinition } from '../../settings/service-definition.ts';
import { fill, placeholdersIn } from '../../settings/service-templates.ts';
import type { EvaluationInput, Provider, ProviderInfo, ProviderOutcome } from '../provider.ts';
import type { Toolbox } from '../toolbox.ts';
import {
  FILE_SUFFIX,
  findTaken,
  injectToken,
  once,
  type PathVariable,
  type ServiceProvider,
} from './token-identity.ts';

/** Longer values would fill the pod. */
const LONGEST_VALUE = 1024;

/** The annotation of a service's key. */
export function annotationOf({ name }: Pick<ServiceDefinition, 'name'>, key: string): string {
  return `cwii.dev/${name}-${key}`;
}

export interface ServiceContext {
  /** Whether the cluster owner enabled the service. */
  readonly enabled: boolean;
  /** All providers of the admission. */
  readonly all: () => readonly Provider[];
}

export function serviceProvider(
  definition: ServiceDefinition,
  { enabled, all }: ServiceContext,
  tools: Toolbox,
): ServiceProvider {
  const { name, title, trigger, identity, variables = {}, file } = definition;
  const files = Object.keys(identity).filter((variable) => isPath(identity[variable]));
  const self: ProviderInfo = {
    id: name,
    cloud: title,
    trigger: annotationOf(definition, trigger),
    injectKey: annotationOf(definition, 'inject'),
    disabledBy: () => (enabled ? undefined : 'CWII_SERVICES'),
    identityVariables: Object.keys(identity),
    furtherVariables: Object.keys(variables),
    footprint: {
      volumes: [`cwii-${name}-token`, ...(file ? [`cwii-${name}${FILE_SUFFIX}`] : [])],
      fileVariables: files,
      ...(file && {
        annotation: {
          key: annotationOf(definition, 'file'),
          missing: (at) => tools.findingFrom('service-file-missing', serviceFindings['service-file-missing'], at, {}),
        },
      }),
    },
  };
  const names = [...self.identityVariables, ...self.furtherVariables];
  const patterns = new Map(
    Object.entries(definition.keys).map(([key, { pattern }]) => [key, new RegExp(`^(?:${pattern})$`, 'u')]),
  );
  return {
    ...self,
    plans: () => names,
    evaluate: once((input) => evaluateService({ definition, self, patterns, files, names, all, tools }, input)),
  };
}

/** A template that is a path alone: its variable names a file of cwii. */
function isPath(template: string | undefined): boolean {
  return template === '{token}' || template === '{file}';
}

interface Service {
  readonly definition: ServiceDefinition;
  readonly self: ProviderInfo;
  readonly patterns: ReadonlyMap<string, RegExp>;
  /** The variables of the identity that name a file of cwii. */
  readonly files: readonly string[];
  /** All variables. */
  readonly names: readonly string[];
  readonly all: () => readonly Provider[];
  readonly tools: Toolbox;
}

function evaluateService(service: Service, input: EvaluationInput): ProviderOutcome {
  const { definition, self, names, all, tools } = service;
  const { request, outcome } = tools.checkRequest(self, input);
  if (!request) return outcome;
  const explicit = explicitValues(definition, input);
  const malformed = [...explicit].find(([key, { value }]) => !isValid(service.patterns.get(key), value));
  if (malformed) {
    const code = 'service-value-invalid';
    return tools.invalid(code, malformed[1], self.cloud, input, undefined, exampleFor(definition, malformed[0]));
  }
  const values: Record<string, string | undefined> = {};
  for (const [key, { default: byDefault }] of Object.entries(definition.keys)) {
    values[key] = explicit.get(key)?.value ?? byDefault;
  }
  const required = Object.keys(definition.keys).filter(
    (key) => key === definition.trigger || definition.keys[key]?.required,
  );
  const audienceKey = annotationOf(definition, 'audience');
  const ofAudience = input.resolution.find(audienceKey) as Explicit<string> | undefined;
  const audience = ofAudience?.value ?? fill(definition.audience ?? '', values);
  const missing = required.find((key) => values[key] === undefined) ?? (audience ? undefined : 'audience');
  if (missing !== undefined || !audience) {
    const params = { key: annotationOf(definition, missing ?? 'audience'), service: self.cloud };
    const docs = serviceFindings['service-key-missing'];
    return {
      kind: 'withheld',
      findings: [tools.findingFrom('service-key-missing', docs, tools.locationOf(request), params)],
    };
  }
  const checked = ofAudience ?? audienceFromKeys(definition, audience, explicit);
  const long = tools.checkAudienceLength([checked], self.cloud, input);
  if (long) return long;
  const denied = [...explicit.values()].flatMap((at) => notAllowed(at, input, tools));
  denied.push(...tools.checkAudience(checked, input));
  const taken = findTaken(names, self, input, all());
  if (taken) {
    const code = 'service-variable-taken';
    denied.push(tools.findingFrom(code, serviceFindings[code], tools.locationOf(request), taken));
  }
  if (denied.length > 0) return { kind: 'deny', findings: denied };
  return inject(service, input, audience, values);
}

function inject(
  { definition, self, files, tools }: Service,
  input: EvaluationInput,
  audience: string,
  values: Readonly<Record<string, string | undefined>>,
): ProviderOutcome {
  const { trigger, identity, variables = {}, otherCredentials = [], tokenExpiration, file } = definition;
  const expiration = input.resolution.find(annotationOf(definition, 'token-expiration')) as
    | Explicit<string>
    | undefined;
  const lifetime = tools.readExpiration(
    expiration,
    tokenExpiration?.default ?? input.settings.tokenExpiration,
    tokenExpiration?.longest === undefined ? undefined : { seconds: tokenExpiration.longest, who: self.cloud },
  );
  const toVariables = (templates: Readonly<Record<string, string>>): PathVariable[] =>
    Object.entries(templates)
      .filter(([, template]) => placeholdersIn(template).every((key) => key in PATHS || values[key] !== undefined))
      .map(([name, template]) => ({ name, value: (paths) => fill(template, { ...values, ...paths }) ?? '' }));
  return injectToken(
    self,
    input,
    {
      audience,
      expirationSeconds: lifetime.seconds,
      identity: toVariables(identity),
      extras: toVariables(variables),
      fileVariable: files[0],
      principal: Object.keys(identity).find((name) => identity[name] === `{${trigger}}`),
      file: file && {
        key: annotationOf(definition, 'file'),
        name: file.name,
        content: (paths) => JSON.stringify(filled(file.json, { ...values, ...paths })),
      },
      otherCredentials: otherCredentials.map((name) => ({
        variables: [name],
        what: 'credentials, which the SDKs prefer',
      })),
      findings: lifetime.findings,
    },
    tools,
  );
}

/** Placeholders that are paths in the container. */
const PATHS = { token: true, file: true };

/** A JSON value with its texts filled. A text with a key that is not set is left out. */
function filled(json: unknown, values: Readonly<Record<string, string | undefined>>): unknown {
  if (typeof json === 'string') return fill(json, values);
  if (Array.isArray(json)) return json.map((item) => filled(item, values));
  if (typeof json !== 'object' || json === null) return json;
  return Object.fromEntries(Object.entries(json).map(([key, value]) => [key, filled(value, values)]));
}

function explicitValues(
  definition: ServiceDefinition,
  { resolution }: EvaluationInput,
): ReadonlyMap<string, Explicit<string>> {
  return new Map(
    Object.keys(definition.keys).flatMap((key) => {
      const explicit = resolution.find(annotationOf(definition, key)) as Explicit<string> | undefined;
      return explicit ? [[key, explicit] as const] : [];
    }),
  );
}

function isValid(pattern: RegExp | undefined, value: string): boolean {
  return value.length <= LONGEST_VALUE && !/\p{Cc}/u.test(value) && (pattern?.test(value) ?? false);
}

/** The finding's entry with the example of the key in its remedy. */
function exampleFor({ keys }: ServiceDefinition, key: string) {
  const { problem, remedy } = serviceFindings['service-value-invalid'];
  const example = keys[key]?.example;
  return { problem, remedy: example === undefined ? remedy : `write a value such as ${example.slice(0, 100)}` };
}

/** An audience that annotations choose, at the place of the first of them; undefined for a fixed one. */
function audienceFromKeys(
  { audience: template = '' }: ServiceDefinition,
  audience: string,
  explicit: ReadonlyMap<string, Explicit<string>>,
): Explicit<string> | undefined {
  const key = placeholdersIn(template).find((placeholder) => explicit.has(placeholder));
  const at = key === undefined ? undefined : explicit.get(key);
  return at && { ...at, value: audience, raw: audience };
}

const GUARD_RAIL = 'CWII_ALLOWED_SERVICE_VALUES';

/** Patterns have the form `<service>-<key>=<pattern>`. A key without any allows every value. */
function notAllowed(at: Explicit<string>, { settings, namespace }: EvaluationInput, tools: Toolbox) {
  const key = `${at.key.slice('cwii.dev/'.length)}=`;
  const patterns = settings.services.allowed?.filter(({ text }) => text.startsWith(key)) ?? [];
  const allows = patterns.length === 0 || patterns.some(({ matches }) => matches(key + at.value, namespace));
  return allows ? [] : [tools.findingOf('not-allowed', tools.locationOf(at), { rule: GUARD_RAIL })];
}
