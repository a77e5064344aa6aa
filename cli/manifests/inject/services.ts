// Services of the catalogue and of one's own in CEL: the same rules as lib/providers/services.

import { CwiiError } from '../../../lib/common/errors.ts';
import { LONGEST_VALUE } from '../../../lib/providers/services/service-provider.ts';
import { FILE_SUFFIX } from '../../../lib/providers/services/token-identity.ts';
import { containerPath } from '../../../lib/providers/token.ts';
import type { Pattern } from '../../../lib/settings/guard-rails.ts';
import type { ServiceDefinition } from '../../../lib/settings/service-definition.ts';
import { parseTemplate } from '../../../lib/settings/service-templates.ts';
import type { MutateSettings } from '../../../lib/settings/webhook-config.ts';
import { celString } from '../cel.ts';
import type { Variable } from '../require-scopes.ts';
import { type Cel, cel } from './cel-data.ts';
import { jsonText } from './json-text.ts';
import { fileVolume, literalFrom, pathInContainer, planData, tokenVolume, variableList } from './plan.ts';
import { notInRe2 } from './re2.ts';
import {
  allows,
  booleanVariable,
  isPossibleAudience,
  matchesWhole,
  seconds,
  serviceVariableOf,
  textVariable,
} from './values.ts';

/** The variable with the plan of a service. */
export function planOfService({ name }: Pick<ServiceDefinition, 'name'>): string {
  return `${serviceVariableOf(name)}Plan`;
}

/** @throws {CwiiError} `manifest-input-invalid` for a pattern that the API server cannot read. */
export function serviceVariables(
  definition: ServiceDefinition,
  settings: MutateSettings,
  allowedAudience: (value: string) => string,
): readonly Variable[] {
  const { name, keys } = definition;
  for (const [key, { pattern }] of Object.entries(keys)) checkPattern(name, key, pattern);
  const service = new ServiceExpressions(definition, settings, allowedAudience);
  return [
    ...[...Object.keys(keys), 'audience', 'token-expiration'].map((key) =>
      textVariable(`${name}-${key}`, serviceVariableOf(`${name}-${key}`)),
    ),
    booleanVariable(`${name}-inject`, serviceVariableOf(`${name}-inject`)),
    { name: service.audienceName, expression: service.audience() },
    { name: `${serviceVariableOf(name)}Possible`, expression: service.isPossible() },
    {
      name: planOfService(definition),
      expression: `!variables.${serviceVariableOf(name)}Possible ? [] : [${service.plan()}]`,
    },
  ];
}

function checkPattern(name: string, key: string, pattern: string): void {
  const part = notInRe2(pattern);
  if (part === undefined) return;
  throw new CwiiError(
    'manifest-input-invalid',
    `services: the pattern of ${name}.keys.${key} has ${part}, which policies of the API server (RE2) do not support; write another pattern, or run the command without --policies`,
  );
}

class ServiceExpressions {
  readonly #definition: ServiceDefinition;
  readonly #settings: MutateSettings;
  readonly #allowedAudience: (value: string) => string;
  readonly audienceName: string;

  constructor(definition: ServiceDefinition, settings: MutateSettings, allowedAudience: (value: string) => string) {
    this.#definition = definition;
    this.#settings = settings;
    this.#allowedAudience = allowedAudience;
    this.audienceName = `${serviceVariableOf(definition.name)}TokenAudience`;
  }

  /** The annotation of a key, or ''. */
  #written(key: string): string {
    return `variables.${serviceVariableOf(`${this.#definition.name}-${key}`)}`;
  }

  /** The value of a key with its default, or ''. */
  #value(key: string): string {
    const byDefault = this.#definition.keys[key]?.default;
    const written = this.#written(key);
    return byDefault === undefined ? written : `(${written} != '' ? ${written} : ${celString(byDefault)})`;
  }

  /** The keys of a template that may be without a value. */
  #optional(template: string): readonly string[] {
    const { keys, trigger } = this.#definition;
    return parseTemplate(template).placeholders.filter((placeholder) => {
      const key = keys[placeholder];
      return key && !key.required && placeholder !== trigger && key.default === undefined;
    });
  }

  /** A condition under which all keys of a template have a value; undefined if they always have. */
  #isComplete(template: string): string | undefined {
    const optional = this.#optional(template);
    return optional.length === 0 ? undefined : optional.map((key) => `${this.#written(key)} != ''`).join(' && ');
  }

  /** The template with the values of keys and the given paths. */
  #fill(template: string, paths: Readonly<Record<string, Cel>> = {}): string {
    const { placeholders, fill } = parseTemplate(template);
    const names = [...new Set(placeholders)];
    const mark = (placeholder: string) => `\u0000${names.indexOf(placeholder)}\u0000`;
    const parts = (fill(mark) ?? '').split('\u0000');
    const texts = parts.map((part, index) => {
      if (index % 2 === 0) return part === '' ? '' : celString(part);
      const placeholder = names[Number(part)] ?? '';
      return paths[placeholder]?.text ?? this.#value(placeholder);
    });
    return texts.filter((text) => text !== '').join(' + ') || "''";
  }

  audience(): string {
    const { audience } = this.#definition;
    const written = this.#written('audience');
    if (audience === undefined) return written;
    const complete = this.#isComplete(audience);
    const filled = complete ? `${complete} ? ${this.#fill(audience)} : ''` : this.#fill(audience);
    return `${written} != '' ? ${written} : ${filled}`;
  }

  /** The audience of the definition is not checked unless annotations are a part of it. */
  #isAudiencePossible(): string {
    const { audience } = this.#definition;
    const value = `variables.${this.audienceName}`;
    const checked = isPossibleAudience(value, this.#allowedAudience(value));
    const placeholders = audience === undefined ? undefined : parseTemplate(audience).placeholders;
    if (placeholders === undefined) return checked;
    const written = ['audience', ...placeholders].map((key) => `${this.#written(key)} == ''`);
    return `(${written.join(' && ')} || ${checked})`;
  }

  isPossible(): string {
    const { keys, trigger, name } = this.#definition;
    const inject = this.#written('inject');
    return [
      `${inject} != 'false' && (${this.#written(trigger)} != '' || ${inject} == 'true')`,
      ...Object.entries(keys).map(([key, { pattern, required }]) => {
        const value = this.#written(key);
        const rail = guardRail(this.#settings.services.allowed, `${name}-${key}`, value);
        const valid = `${isValidValue(value, pattern)}${rail}`;
        const needed = (required || key === trigger) && this.#definition.keys[key]?.default === undefined;
        return needed ? `${value} != '' && ${valid}` : `(${value} == '' || ${valid})`;
      }),
      `variables.${this.audienceName} != ''`,
      this.#isAudiencePossible(),
    ].join(' &&\n');
  }

  plan(): string {
    const { name, identity, variables = {}, otherCredentials = [], file, tokenExpiration, trigger } = this.#definition;
    const { mountRoot } = this.#settings;
    const tokenPath = `${mountRoot}/${name}`;
    const filePath = `${mountRoot}/${name}${FILE_SUFFIX}`;
    const paths = {
      token: pathInContainer(`${tokenPath}/token`, containerPath),
      ...(file && { file: pathInContainer(`${filePath}/${file.name}`, containerPath) }),
    };
    const names = Object.keys(identity);
    const files = names.filter((variable) => ['{token}', '{file}'].includes(identity[variable] ?? ''));
    const principal = names.find((variable) => identity[variable] === `{${trigger}}`);
    const volume = `cwii-${name}-token`;
    const fileAnnotation = `cwii.dev/${name}-file`;
    return planData({
      id: name,
      trigger: `cwii.dev/${name}-${trigger}`,
      inject: `cwii.dev/${name}-inject`,
      volumes: [
        tokenVolume(
          volume,
          cel(`variables.${this.audienceName}`),
          cel(
            `(${seconds(this.#written('token-expiration'), tokenExpiration?.default ?? this.#settings.tokenExpiration, tokenExpiration?.longest)})`,
          ),
        ),
        ...(file ? [fileVolume(`cwii-${name}${FILE_SUFFIX}`, file.name, fileAnnotation)] : []),
      ],
      mounts: [
        { name: volume, path: tokenPath },
        ...(file ? [{ name: `cwii-${name}${FILE_SUFFIX}`, path: filePath }] : []),
      ],
      file: identity[files[0] ?? ''] === '{file}' && paths.file ? paths.file : paths.token,
      files,
      identity: this.#variables(identity, paths),
      principal: principal === undefined ? undefined : { variable: principal, staticKeys: otherCredentials },
      staticKeys: otherCredentials,
      extras: this.#variables(variables, paths),
      ...(file && { annotations: { [fileAnnotation]: cel(this.#json(file.json, paths)) } }),
    });
  }

  #variables(templates: Readonly<Record<string, string>>, paths: Readonly<Record<string, Cel>>): Cel {
    return variableList(
      Object.entries(templates).map(([variable, template]) => {
        const filled = literalFrom(variable, this.#fill(template, paths));
        const when = this.#isComplete(template);
        return when === undefined ? filled : { when, variable: filled };
      }),
    );
  }

  #json(json: unknown, paths: Readonly<Record<string, Cel>>): string {
    return jsonText(json, {
      fill: (template) => this.#fill(template, paths),
      isComplete: (template) => this.#isComplete(template),
    });
  }
}

/** Whether a value is one that the service accepts. */
export function isValidValue(value: string, pattern: string): string {
  return `${value}.size() <= ${LONGEST_VALUE} && !${value}.matches(${celString('\\p{Cc}')}) && ${matchesWhole(value, pattern)}`;
}

/** Patterns have the form `<service>-<key>=<pattern>`. A key without any allows every value. */
export function guardRail(allowed: readonly Pattern[] | undefined, key: string, value: string): string {
  const patterns = allowed?.filter(({ text }) => text.startsWith(`${key}=`)) ?? [];
  return patterns.length === 0 ? '' : ` && ${allows(`(${celString(`${key}=`)} + ${value})`, patterns)}`;
}
