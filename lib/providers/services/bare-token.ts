// A bare token: `cwii.dev/token-<name>` names its audience, and a variable names its file.

import type { KeyType } from '../../annotations/keys.ts';
import type { Explicit } from '../../annotations/resolve.ts';
import { serviceFindings } from '../../annotations/service-findings.ts';
import type { EvaluationInput, Provider, ProviderInfo, ProviderOutcome } from '../provider.ts';
import type { Toolbox } from '../toolbox.ts';
import { findTaken, injectToken } from './token-identity.ts';

export const PREFIX = 'cwii.dev/token-';

/** The endings of the keys of one token, and how their values are read. */
const parts: Readonly<Record<string, KeyType>> = { env: 'string', expiration: 'seconds', inject: 'boolean' };
const KEY = /^cwii\.dev\/token-(.+?)(?:-(env|expiration|inject))?$/;

/** With the longest ending, the name of an annotation then has fewer than 63 characters. */
export const NAME = /^[a-z]([a-z0-9-]{0,38}[a-z0-9])?$/;

/** A C identifier, which every shell and program can read. */
export const VARIABLE = /^[A-Za-z_][A-Za-z0-9_]{0,127}$/;

/** The name of the token that an annotation is about; undefined if it is not about a token. */
export function tokenOf(key: string): { readonly name: string; readonly type: KeyType } | undefined {
  if (!key.startsWith(PREFIX)) return undefined;
  const [, name, part = ''] = KEY.exec(key) ?? [];
  return name === undefined ? undefined : { name, type: parts[part] ?? 'string' };
}

export interface TokenContext {
  /** The names that are not possible. */
  readonly reserved: ReadonlySet<string>;
  /** The variables of the pod's containers that name the token's file from an earlier admission. */
  readonly written: readonly string[];
  /** The limit on tokens in one pod, if this token exceeds it. */
  readonly exceeds?: number;
}

export function bareToken(name: string, context: TokenContext, tools: Toolbox): Provider {
  const trigger = `${PREFIX}${name}`;
  const self: ProviderInfo = {
    id: name,
    cloud: `the token ${name}`,
    trigger,
    injectKey: `${trigger}-inject`,
    disabledBy: () => undefined,
    identityVariables: context.written,
    furtherVariables: [],
    footprint: { volumes: [`cwii-${name}-token`], fileVariables: context.written },
  };
  return { ...self, evaluate: (input) => evaluate(input, self, context, tools) };
}

function evaluate(
  input: EvaluationInput,
  self: ProviderInfo,
  { reserved, exceeds: most }: TokenContext,
  tools: Toolbox,
): ProviderOutcome {
  const { checkAudience, checkAudienceLength, checkRequest, findingFrom, invalid, locationOf, readExpiration } = tools;
  const { request, outcome } = checkRequest(self, input);
  const audience = input.resolution.find(self.trigger) as Explicit<string> | undefined;
  const variable = input.resolution.find(`${self.trigger}-env`) as Explicit<string> | undefined;
  const expiration = input.resolution.find(`${self.trigger}-expiration`) as Explicit<string> | undefined;
  const missing = (at: Explicit<unknown>) =>
    findingFrom('service-key-missing', serviceFindings['service-key-missing'], locationOf(at), {
      key: self.trigger,
      service: self.cloud,
    });
  if (!request) {
    const setting = variable ?? expiration;
    if (audience || !setting || outcome.kind !== 'not-requested') return outcome;
    // An explicit "false" suppresses the token; otherwise somebody expects one.
    return input.resolution.find(self.injectKey) ? outcome : { ...outcome, findings: [missing(setting)] };
  }
  const refuse = (code: 'token-name-invalid' | 'token-variable-invalid', at: Explicit<unknown>) =>
    invalid(code, at, self.cloud, input, undefined, serviceFindings[code]);
  if (!NAME.test(self.id) || reserved.has(self.id)) return refuse('token-name-invalid', request);
  if (!audience) return { kind: 'withheld', findings: [missing(request)] };
  if (most !== undefined) {
    const code = 'tokens-too-many';
    return { kind: 'deny', findings: [findingFrom(code, serviceFindings[code], locationOf(request), { most })] };
  }
  const long = checkAudienceLength([audience], self.cloud, input);
  if (long) return long;
  if (variable && !VARIABLE.test(variable.value)) return refuse('token-variable-invalid', variable);
  const denied = checkAudience(audience, input);
  const taken = variable && findTaken([variable.value], input);
  if (variable && taken) {
    const code = 'service-variable-taken';
    denied.push(findingFrom(code, serviceFindings[code], locationOf(variable), taken));
  }
  if (denied.length > 0) return { kind: 'deny', findings: denied };
  const lifetime = readExpiration(expiration, input.settings.tokenExpiration);
  return injectToken(
    self,
    input,
    {
      audience: audience.value,
      expirationSeconds: lifetime.seconds,
      names: variable ? [variable.value] : [],
      variables: ({ token }) => ({
        identity: variable ? [tools.literal(variable.value, token)] : [],
        extras: [],
      }),
      fileVariable: variable?.value,
      principal: undefined,
      file: undefined,
      staticKeys: [],
      examine: () => [],
      findings: lifetime.findings,
    },
    tools,
  );
}
