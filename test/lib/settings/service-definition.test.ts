// Tests the schema of services: the catalogue fits it, and each mistake is named with its path.

import { describe, expect, it } from 'vitest';
import { annotationKeys } from '../../../lib/annotations/keys.ts';
import { providers } from '../../../lib/providers/registry.ts';
import { catalogue } from '../../../lib/settings/service-catalogue.ts';
import { checkServices } from '../../../lib/settings/service-definition.ts';
import { serviceRules } from '../../../lib/settings/service-rules.ts';
import { parseTemplate } from '../../../lib/settings/service-templates.ts';

const openbao = {
  name: 'openbao',
  title: 'OpenBao',
  trigger: 'role',
  keys: { role: { meaning: 'The role.', pattern: '[a-z0-9-]{1,64}', example: 'my-app' } },
  audience: 'openbao.example.com',
  identity: { BAO_ROLE: '{role}', BAO_TOKEN_PATH: '{token}' },
};

describe('The catalogue of services', () => {
  it('fits the schema', () => {
    expect(checkServices(catalogue, serviceRules)).toEqual({ services: catalogue });
  });

  it('has neither keys nor variables in common with the clouds or with one another', () => {
    const keys = catalogue.flatMap(({ name, keys: own }) => Object.keys(own).map((key) => `cwii.dev/${name}-${key}`));
    const variables = [
      ...providers.flatMap(({ identityVariables, furtherVariables }) => [...identityVariables, ...furtherVariables]),
      ...catalogue.flatMap(({ identity, variables: further = {} }) => Object.keys({ ...identity, ...further })),
    ];

    expect(keys.filter((key) => Object.hasOwn(annotationKeys, key))).toEqual([]);
    expect(variables.filter((name, index) => variables.indexOf(name) !== index)).toEqual([]);
  });

  it('is sorted by name, and has a page of documentation for each service', () => {
    const names = catalogue.map(({ name }) => name);

    expect(names).toEqual(names.toSorted());
    for (const { documentation } of catalogue) expect(documentation).toMatch(/^https:/);
  });
});

describe('checkServices', () => {
  it('accepts a service of the cluster owner', () => {
    expect(checkServices([openbao], serviceRules)).toEqual({ services: [openbao] });
  });

  it.each<{ change: object; problem: string }>([
    { change: { name: 'aws' }, problem: 'service aws: name is "aws", which cwii uses itself; choose another name' },
    {
      change: { name: 'token-x' },
      problem: 'service token-x: name is "token-x", which cwii uses itself; choose another name',
    },
    { change: { trigger: 'path' }, problem: 'service openbao: trigger is "path", which is not one of the keys' },
    { change: { titel: 'x' }, problem: 'service openbao: titel is an unknown key' },
    {
      change: { keys: { ...openbao.keys, token: openbao.keys.role } },
      problem: 'service openbao: keys.token is the placeholder of a path; choose another name',
    },
    {
      change: { tokenExpiration: { default: 599 } },
      problem: 'service openbao: tokenExpiration.default is 599; write 600 to 4294967296 seconds',
    },
    {
      change: { tokenExpiration: { default: 7200, longest: 3600 } },
      problem: 'service openbao: tokenExpiration.default is 7200, which is more than longest',
    },
    { change: { title: undefined }, problem: 'service openbao: title is missing or invalid' },
    {
      change: { keys: { role: { ...openbao.keys.role, pattern: '(' } } },
      problem:
        'service openbao: keys.role.pattern is not a regular expression: Invalid regular expression: /^(?:()$/u: Unterminated group',
    },
    {
      change: { keys: { role: { ...openbao.keys.role, example: 'My App' } } },
      problem: 'service openbao: keys.role.example is "My App", which does not match the pattern',
    },
    { change: { name: undefined }, problem: 'service 1: name is missing or invalid' },
    {
      change: { keys: { ...openbao.keys, 'My Key': openbao.keys.role } },
      problem:
        'service openbao: keys.My Key is "My Key"; write at most 24 lower-case letters, digits and dashes, beginning with a letter',
    },
    {
      change: { identity: { 'BAO ROLE': '{role}' } },
      problem: 'service openbao: identity.BAO ROLE is "BAO ROLE"; write the name of a variable, such as BAO_ROLE',
    },
    {
      change: { keys: { ...openbao.keys, inject: openbao.keys.role } },
      problem: 'service openbao: keys.inject is a key that every service has; choose another name',
    },
    {
      change: { identity: { BAO_ROLE: '{roll}' } },
      problem: 'service openbao: identity.BAO_ROLE contains {roll}, which is not one of role, token',
    },
    {
      change: { variables: { BAO_ROLE: 'x' } },
      problem: 'service openbao: variables.BAO_ROLE is in identity too; remove one of them',
    },
    {
      change: { file: { name: 'x.json', json: { a: ['{file}'] } } },
      problem: 'service openbao: file.json contains {file}, which is not one of role, token',
    },
    {
      change: { audience: 'https://kubernetes.default.svc' },
      problem:
        'service openbao: audience is "https://kubernetes.default.svc", an audience of API servers; set another audience',
    },
    {
      change: { tokenExpiration: { longest: 60 } },
      problem: 'service openbao: tokenExpiration.longest is 60; write 600 to 4294967296 seconds',
    },
    {
      change: { audience: '{token}' },
      problem: 'service openbao: audience contains {token}, which is not one of role',
    },
  ])('reports: $problem', ({ change, problem }) => {
    expect(checkServices([JSON.parse(JSON.stringify({ ...openbao, ...change }))], serviceRules).problems).toEqual([
      problem,
    ]);
  });

  it('reports a value that is not a list', () => {
    expect(checkServices({}, serviceRules).problems).toEqual(['the list is missing or invalid']);
  });
});

describe('parseTemplate', () => {
  const lookUp = (values: object) => (name: string) => new Map(Object.entries(values)).get(name);

  it('puts values in place of placeholders, and leaves other braces as they are', () => {
    const template = parseTemplate('{a}/{b-c}{}{A}');

    expect(template.placeholders).toEqual(['a', 'b-c']);
    expect(template.fill(lookUp({ a: '1', 'b-c': '{a}' }))).toBe('1/{a}{}{A}');
  });

  it('has no text without one of the values', () => {
    expect(parseTemplate('{a}{b}').fill(lookUp({ a: '1' }))).toBeUndefined();
  });
});
