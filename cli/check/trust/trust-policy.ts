// Compares the trust policy of a role with a token, as IAM evaluates it.

import { isObject } from '../../../lib/common/json.ts';
import { differenceOf } from '../difference.ts';
import { nearestText } from './nearest-text.ts';

export interface TrustedClaims {
  readonly subject: string;
  readonly audience: string;
  /** The issuer without `https://`, as condition keys begin. */
  readonly hostAndPath: string;
  /** The ARN of the issuer's identity provider. */
  readonly providerArn: string;
}

const ACTION = 'sts:AssumeRoleWithWebIdentity';

/** Why no statement allows the token; undefined if one does. */
export function policyProblem(document: unknown, claims: TrustedClaims): string | undefined {
  return closestProblem(document, (statement) => statementProblem(statement, claims));
}

function closestProblem(
  document: unknown,
  problemOf: (statement: Statement) => Mismatch | undefined,
): string | undefined {
  const statements = listOf(isObject(document) ? document['Statement'] : undefined).filter(isObject);
  const problems = statements.filter((statement) => statement['Effect'] === 'Allow').map(problemOf);
  if (problems.length === 0) return 'The trust policy has no statement that allows anything';
  if (problems.includes(undefined)) return undefined;
  // The problem of the statement that comes closest.
  const [closest] = problems.filter((one) => one !== undefined).sort((one, other) => other.progress - one.progress);
  return closest?.text;
}

type Statement = Readonly<Record<string, unknown>>;

interface Mismatch {
  readonly text: string;
  /** The number of parts that match. */
  readonly progress: number;
}

function statementProblem(statement: Statement, claims: TrustedClaims): Mismatch | undefined {
  const other = actionProblem(statement, ACTION);
  if (other) return other;
  const principal = statement['Principal'];
  const federated = listOf(isObject(principal) ? principal['Federated'] : principal).map(String);
  if (!federated.some((arn) => arn === claims.providerArn || arn === '*')) {
    const nearest = nearestText(claims.providerArn, federated);
    const text =
      nearest === undefined
        ? 'The trust policy has no Federated principal'
        : `The trust policy has the identity provider "${nearest}", and the issuer of the token needs "${claims.providerArn}". ${differenceOf(nearest, claims.providerArn)}`;
    return { progress: 1, text };
  }
  return conditionsProblem(statement['Condition'], claims);
}

function actionProblem(statement: Statement, wanted: string): Mismatch | undefined {
  const actions = listOf(statement['Action']).map(String);
  if (actions.some((action) => matches(action.toLowerCase(), wanted.toLowerCase()))) return undefined;
  return { progress: 0, text: `The trust policy allows ${actions.join(', ')}, and not ${wanted}` };
}

/** The role that assumes another one, and the external ID that it presents. */
export interface AssumingRole {
  readonly roleArn: string;
  readonly externalId: string | undefined;
}

/** Why no statement of the target's trust policy allows the role; undefined if one does. */
export function targetPolicyProblem(document: unknown, { roleArn, externalId }: AssumingRole): string | undefined {
  const [, , , , account = ''] = roleArn.split(':');
  const trusted = [roleArn, roleArn.replace(/:role\/.*$/, ':root'), account, '*'];
  return closestProblem(document, (statement) => {
    const other = actionProblem(statement, 'sts:AssumeRole');
    if (other) return other;
    const principal = statement['Principal'];
    const arns = listOf(isObject(principal) ? principal['AWS'] : principal).map(String);
    if (!arns.some((arn) => trusted.includes(arn))) {
      const nearest = nearestText(roleArn, arns);
      const text =
        nearest === undefined
          ? 'The trust policy of the target has no AWS principal'
          : `The trust policy of the target has "${nearest}", and the role of the pod is "${roleArn}". ${differenceOf(nearest, roleArn)}`;
      return { progress: 1, text };
    }
    return externalIdProblem(statement['Condition'], externalId);
  });
}

function externalIdProblem(conditions: unknown, externalId: string | undefined): Mismatch | undefined {
  for (const [operator, keys] of Object.entries(isObject(conditions) ? conditions : {}))
    for (const [key, value] of Object.entries(isObject(keys) ? keys : {})) {
      const wanted = listOf(value).map(String);
      if (key.toLowerCase() !== 'sts:externalid' || (externalId !== undefined && fits(operator, wanted, externalId)))
        continue;
      const nearest = nearestText(externalId ?? '', wanted) ?? '';
      const found = externalId === undefined ? 'has none' : `has "${externalId}". ${differenceOf(nearest, externalId)}`;
      const text = `The trust policy of the target has the external ID "${nearest}" (${operator}), and the annotation cwii.dev/aws-external-id ${found}`;
      return { progress: 2, text };
    }
  return undefined;
}

function conditionsProblem(conditions: unknown, claims: TrustedClaims): Mismatch | undefined {
  const values = new Map([
    [`${claims.hostAndPath}:sub`, claims.subject],
    [`${claims.hostAndPath}:aud`, claims.audience],
  ]);
  const all = Object.entries(isObject(conditions) ? conditions : {}).flatMap(([operator, keys]) =>
    Object.entries(isObject(keys) ? keys : {}).map(([key, value]) => ({
      operator,
      key,
      wanted: listOf(value).map(String),
    })),
  );
  for (const { operator, key, wanted } of all) {
    // IAM ignores the case of condition keys.
    const actual = [...values].find(([known]) => known.toLowerCase() === key.toLowerCase())?.[1];
    if (actual === undefined) {
      const own = [...values.keys()].find((known) => known.slice(-4) === key.slice(-4).toLowerCase());
      // The other keys are of the request, which differs between here and a pod.
      if (own === undefined) continue;
      return {
        progress: 2,
        text: `The trust policy has the condition key "${key}", which never matches; the issuer of the token needs "${own}". ${differenceOf(key, own)}`,
      };
    }
    if (!fits(operator, wanted, actual)) {
      const nearest = nearestText(actual, wanted) ?? '';
      const claim = key.slice(-3);
      const text = `The trust policy has ${claim} "${nearest}" (${operator}), and the token has "${actual}". ${differenceOf(nearest, actual)}`;
      return { progress: 3, text };
    }
  }
  return undefined;
}

/** Operators that cwii does not know do not count against the policy. */
function fits(operator: string, wanted: readonly string[], actual: string): boolean {
  switch (operator.replace(/^(ForAnyValue|ForAllValues):/, '').replace(/IfExists$/, '')) {
    case 'StringEquals':
      return wanted.includes(actual);
    case 'StringEqualsIgnoreCase':
      return wanted.some((one) => one.toLowerCase() === actual.toLowerCase());
    case 'StringLike':
      return wanted.some((pattern) => matches(pattern, actual));
    case 'StringNotEquals':
      return !wanted.includes(actual);
    case 'StringNotLike':
      return !wanted.some((pattern) => matches(pattern, actual));
    default:
      return true;
  }
}

/** `*` stands for any text and `?` for one character. */
function matches(pattern: string, text: string): boolean {
  const expression = pattern
    .replaceAll(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${expression}$`, 's').test(text);
}

function listOf(value: unknown): readonly unknown[] {
  if (value === undefined || value === null) return [];
  return Array.isArray(value) ? value : [value];
}
