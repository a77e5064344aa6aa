// Takes permissions of a deployed stack away, one at a time, and gives them back.

import type { EmulatedAws } from './emulated-aws/emulated-aws.ts';
import { textsOf } from './emulated-aws/emulator.ts';

interface Statement {
  readonly Sid?: string;
  readonly Effect: 'Allow' | 'Deny';
  readonly Action: string | readonly string[];
}

interface Document {
  readonly Statement: readonly Statement[];
}

const actionsOf = ({ Action }: Statement) => [Action].flat();

/** The inline policies of a role. */
export class RolePolicies {
  readonly #aws: EmulatedAws;
  readonly #role: string;

  constructor(aws: EmulatedAws, roleArn: string) {
    this.#aws = aws;
    this.#role = roleArn.split('/').at(-1) ?? '';
  }

  /** All actions that the policies allow. */
  async actions(): Promise<string[]> {
    const statements = [...(await this.#documents()).values()].flatMap(({ Statement }) => Statement);
    return statements
      .filter(({ Effect }) => Effect === 'Allow')
      .flatMap(actionsOf)
      .sort();
  }

  /** Removes an action from every statement that allows it, while `probe` runs. */
  without<T>(action: string, probe: () => Promise<T>): Promise<T> {
    return this.#during((statement) => withoutAction(statement, action), probe);
  }

  /** Removes every statement that denies something, while `probe` runs. */
  withoutDenials<T>(probe: () => Promise<T>): Promise<T> {
    return this.#during((statement) => (statement.Effect === 'Deny' ? undefined : statement), probe);
  }

  async #during<T>(change: (statement: Statement) => Statement | undefined, probe: () => Promise<T>): Promise<T> {
    const documents = await this.#documents();
    for (const [name, document] of documents) {
      const Statement = document.Statement.flatMap((statement) => change(statement) ?? []);
      await this.#put(name, { ...document, Statement });
    }
    try {
      return await probe();
    } finally {
      for (const [name, document] of documents) await this.#put(name, document);
    }
  }

  async #documents(): Promise<ReadonlyMap<string, Document>> {
    const RoleName = this.#role;
    const names = textsOf(await this.#aws.query('iam', 'ListRolePolicies', { RoleName }), 'member');
    const documents = new Map<string, Document>();
    for (const PolicyName of names) {
      const answer = await this.#aws.query('iam', 'GetRolePolicy', { RoleName, PolicyName });
      documents.set(PolicyName, JSON.parse(decodeURIComponent(textsOf(answer, 'PolicyDocument')[0] ?? '')));
    }
    return documents;
  }

  #put(PolicyName: string, document: Document): Promise<string> {
    const PolicyDocument = JSON.stringify(document);
    return this.#aws.query('iam', 'PutRolePolicy', { RoleName: this.#role, PolicyName, PolicyDocument });
  }
}

/** A statement must not be empty, so another action takes the place of the only one. */
function withoutAction(statement: Statement, action: string): Statement {
  if (statement.Effect === 'Deny') return statement;
  const Action = actionsOf(statement).filter((one) => one !== action);
  return { ...statement, Action: Action.length > 0 ? Action : ['iam:GetUser'] };
}

/** A permission as AddPermission takes it. */
export interface FunctionPermission {
  readonly Action: string;
  readonly Principal: string;
  readonly SourceArn?: string;
  readonly FunctionUrlAuthType?: string;
  readonly InvokedViaFunctionUrl?: boolean;
}

/** Removes a permission from a function's resource policy while `probe` runs. */
export async function withoutPermission<T>(
  aws: EmulatedAws,
  { name, qualifier }: { readonly name: string; readonly qualifier?: string },
  permission: FunctionPermission,
  probe: () => Promise<T>,
): Promise<T> {
  const path = `/2015-03-31/functions/${name}/policy`;
  const query = qualifier === undefined ? '' : `?Qualifier=${qualifier}`;
  const { Policy } = JSON.parse(await aws.rest('lambda', 'GET', `${path}${query}`));
  const statements = JSON.parse(Policy).Statement as (Statement & { readonly Sid: string })[];
  const statement = statements.find(({ Action }) => Action === permission.Action);
  if (!statement) throw new Error(`${name} has no permission ${permission.Action}: ${Policy}`);
  await aws.rest('lambda', 'DELETE', `${path}/${statement.Sid}${query}`);
  try {
    return await probe();
  } finally {
    await aws.rest('lambda', 'POST', `${path}${query}`, { StatementId: statement.Sid, ...permission });
  }
}
