// The comparison of texts and of trust policies with a token.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { differenceOf } from '../../../cli/check/difference.ts';
import { nearestText } from '../../../cli/check/trust/nearest-text.ts';
import { policyProblem } from '../../../cli/check/trust/trust-policy.ts';

describe('differenceOf', () => {
  it('of any two texts names the first character that differs', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), fc.string(), (same, one, other) => {
        fc.pre(one[0]?.toLowerCase() !== other[0]?.toLowerCase() && one !== '/' && other !== '/');
        expect(differenceOf(`-${same}${one}`, `-${same}${other}`)).toContain(`from character ${same.length + 2}: `);
      }),
    );
  });
});

describe('nearestText', () => {
  it('chooses the candidate with the fewest edits', () => {
    expect(nearestText('vault', ['sts.amazonaws.com', 'vaults'])).toBe('vaults');
    expect(nearestText('vault', [])).toBeUndefined();
  });
});

const claims = {
  subject: 'system:serviceaccount:shop:checkout',
  audience: 'sts.amazonaws.com',
  hostAndPath: 'oidc.example.com/prod',
  providerArn: 'arn:aws:iam::123456789012:oidc-provider/oidc.example.com/prod',
};
const sub = `${claims.hostAndPath}:sub`;
const aud = `${claims.hostAndPath}:aud`;
const statement = (fields: object) => ({
  Effect: 'Allow',
  Action: 'sts:AssumeRoleWithWebIdentity',
  Principal: { Federated: claims.providerArn },
  ...fields,
});
const problem = (...statements: readonly object[]) => policyProblem({ Statement: statements }, claims);

describe('policyProblem', () => {
  const accepted: Readonly<Record<string, object>> = {
    'equal values': { Condition: { StringEquals: { [sub]: claims.subject, [aud]: claims.audience } } },
    'lists of values': { Condition: { StringEquals: { [sub]: ['other', claims.subject], [aud]: [claims.audience] } } },
    'a pattern': { Condition: { StringLike: { [sub]: 'system:serviceaccount:shop:*' } } },
    'a pattern for one character': { Condition: { StringLike: { [sub]: 'system:serviceaccount:sho?:check*' } } },
    'a key in another case': { Condition: { StringEquals: { [sub.toUpperCase()]: claims.subject } } },
    'an operator with IfExists': { Condition: { StringEqualsIfExists: { [sub]: claims.subject } } },
    'an operator for lists': { Condition: { 'ForAnyValue:StringEquals': { [aud]: claims.audience } } },
    'a value without case': { Condition: { StringEqualsIgnoreCase: { [sub]: claims.subject.toUpperCase() } } },
    'conditions on the request': { Condition: { IpAddress: { 'aws:SourceIp': '10.0.0.0/8' } } },
    'an excluded value': { Condition: { StringNotEquals: { [sub]: 'other' }, StringNotLike: { [sub]: 'x*' } } },
    'no condition': {},
    'a list of actions with a pattern': { Action: ['sts:TagSession', 'sts:AssumeRole*'] },
    'a list of providers': { Principal: { Federated: ['arn:aws:iam::1:oidc-provider/x', claims.providerArn] } },
  };
  it.each(Object.entries(accepted))('accepts %s', (_, fields) => {
    expect(problem(statement(fields))).toBeUndefined();
  });

  const refused: Readonly<Record<string, readonly [fields: object, text: string]>> = {
    'another action': [{ Action: 'sts:AssumeRole' }, 'allows sts:AssumeRole, and not sts:AssumeRoleWithWebIdentity'],
    'a service as principal': [{ Principal: { Service: 'ec2.amazonaws.com' } }, 'has no Federated principal'],
    'a provider in another account': [
      { Principal: { Federated: claims.providerArn.replace('123', '999') } },
      'and the issuer of the token needs',
    ],
    'a pattern that does not fit': [
      { Condition: { StringLike: { [sub]: 'system:serviceaccount:pay:*' } } },
      'has sub "system:serviceaccount:pay:*" (StringLike)',
    ],
    'a pattern as an equal value': [
      { Condition: { StringEquals: { [sub]: 'system:serviceaccount:shop:*' } } },
      'has sub "system:serviceaccount:shop:*" (StringEquals)',
    ],
    'a point that is not a pattern': [{ Condition: { StringLike: { [aud]: 'sts.amazonaws-com' } } }, 'has aud'],
    'an excluded value': [{ Condition: { StringNotEquals: { [sub]: claims.subject } } }, 'StringNotEquals'],
    'a key with https://': [
      { Condition: { StringEquals: { [`https://${sub}`]: claims.subject } } },
      'which never matches',
    ],
  };
  it.each(Object.entries(refused))('refuses %s', (_, [fields, text]) => {
    expect(problem(statement(fields))).toContain(text);
  });

  it('accepts a policy of which one statement fits', () => {
    expect(problem(statement({ Action: 'sts:AssumeRole' }), statement({}))).toBeUndefined();
  });

  it('names the statement that comes closest', () => {
    const other = statement({ Condition: { StringEquals: { [sub]: 'other' } } });

    expect(problem(statement({ Action: 'sts:AssumeRole' }), other)).toContain('has sub "other"');
  });

  it.each([undefined, 'text', {}, { Statement: [] }, { Statement: { Effect: 'Deny' } }])('refuses %j', (document) => {
    expect(policyProblem(document, claims)).toBe('The trust policy has no statement that allows anything');
  });
});
