// Shows that each permission of a function is needed: without it, a run fails and names it.

import { beforeAll, describe, expect, it } from 'vitest';
import { ApiError } from '../../testing/cluster/client.ts';
import type { Deployment } from './deployment.ts';
import { rootOf } from './emulated-aws/emulator.ts';
import { configurationOf, invoke, issuerBucket, logOf, nameOf } from './functions.ts';
import { createPod, identityMark } from './pods.ts';
import { type FunctionPermission, RolePolicies, withoutPermission } from './policies.ts';

let serial = 0;

/** The API server stopped waiting: on a busy machine a cold start can take longer. */
const tooSlow = /deadline exceeded|timeout/i;

/** Creates a pod, as a controller does. @returns the clouds of its identities, or the error message. */
async function podOrMessage(deployment: Deployment, attempts = 5): Promise<string | undefined> {
  serial += 1;
  try {
    return identityMark(await createPod(deployment, `permission-${serial}`));
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    return attempts > 1 && tooSlow.test(error.message) ? podOrMessage(deployment, attempts - 1) : error.message;
  }
}

/** Creates a pod with functions that have no token in memory. */
async function admitAfterColdStart(deployment: Deployment): Promise<string | undefined> {
  await deployment.aws.endInstances();
  return podOrMessage(deployment);
}

/** Whether a request to the webhook appears in its log. */
async function isLogged(deployment: Deployment, functionName: string, run: () => Promise<unknown>): Promise<boolean> {
  const before = await logOf(deployment, functionName);
  await run();
  return (await logOf(deployment, functionName)) !== before;
}

export const logActions = ['logs:CreateLogStream', 'logs:PutLogEvents'];

/**
 * @param readAction with which the function gets its credential for the cluster.
 * @param more actions that another test takes away.
 */
export function describeWebhookPermissions(
  of: () => Deployment,
  readAction: string,
  more: readonly string[] = [],
): void {
  describe("the webhook's permissions", () => {
    let deployment: Deployment;
    let role: RolePolicies;
    let name: string;
    beforeAll(async () => {
      deployment = of();
      const { WebhookRoleArn = '', WebhookFunctionArn } = await deployment.outputs();
      role = new RolePolicies(deployment.aws, WebhookRoleArn);
      name = nameOf(WebhookFunctionArn);
    });

    it('are those for its log and its credential, and are enough', async () => {
      expect(await role.actions()).toEqual([...logActions, ...more, readAction].sort());
      expect(await admitAfterColdStart(deployment)).toBe('aws');
    });

    it(`contain ${readAction}: without it the cluster is not read, and the log names it`, async () => {
      const message = await role.without(readAction, () => admitAfterColdStart(deployment));

      expect(message).toContain('the cluster');
      expect(await logOf(deployment, name)).toContain(`the function's role is denied ${readAction}`);
      expect(await admitAfterColdStart(deployment)).toBe('aws');
    });

    it.each(logActions)('contain %s: without it nothing is logged', async (action) => {
      const logged = () => isLogged(deployment, name, () => podOrMessage(deployment));

      expect(await role.without(action, logged)).toBe(false);
      expect(await logged()).toBe(true);
    });

    it('let nobody else invoke the function without its URL', async () => {
      const { WebhookFunctionArn } = await deployment.outputs();
      const stranger = deployment.aws.as(rootOf('999999999999'));
      const call = stranger.rest('lambda', 'POST', `/2015-03-31/functions/${WebhookFunctionArn}:live/invocations`, {});

      await expect(call).rejects.toThrow('lambda POST');
    });

    it.each<FunctionPermission>([
      { Action: 'lambda:InvokeFunctionUrl', Principal: '*', FunctionUrlAuthType: 'NONE' },
      { Action: 'lambda:InvokeFunction', Principal: '*', InvokedViaFunctionUrl: true },
    ])('let everybody call the URL with $Action: without it Lambda answers 403', async (permission) => {
      const { aws } = deployment;
      const { WebhookUrl } = await deployment.outputs();
      const status = async () => (await aws.get(`${WebhookUrl}healthz`)).status;

      expect(await withoutPermission(aws, { name, qualifier: 'live' }, permission, status)).toBe(403);
      expect(await status()).toBe(200);
    });
  });
}

export interface ScheduledFunction {
  /** The outputs with the ARNs of its function. */
  readonly functionOutput: string;
  /** Brings about a run that needs the action; `missing` is in the function's answer without it. */
  readonly needs: Readonly<
    Record<string, { readonly prepare?: (deployment: Deployment) => Promise<void>; readonly missing: string }>
  >;
  /** Actions that another test takes away. */
  readonly more?: readonly string[];
}

/**
 * @param readAction with which the function gets its credential for the cluster.
 * @param more actions that another test takes away.
 */
export function describeIssuerPermissions(
  of: () => Deployment,
  readAction: string,
  more: readonly string[] = [],
): void {
  const remove = (object: string) => async (deployment: Deployment) => {
    const bucket = await issuerBucket(deployment);
    await deployment.run(`aws s3 rm s3://${bucket}/${object}`);
  };
  describeScheduledFunction("the issuer function's permissions", of, {
    functionOutput: 'IssuerFunctionArn',
    more,
    needs: {
      [readAction]: { missing: readAction },
      's3:GetObject': { missing: 's3:GetObject' },
      // Something must be written.
      's3:PutObject': { prepare: remove('prod/openid/v1/jwks'), missing: 's3:PutObject' },
      // For an object that does not exist, S3 answers 403 to callers that may not list the bucket.
      's3:ListBucket': { prepare: remove('prod/openid/v1/jwks'), missing: 's3:ListBucket' },
    },
  });
}

export function describeScheduledFunction(title: string, of: () => Deployment, scheduled: ScheduledFunction): void {
  describe(title, () => {
    let deployment: Deployment;
    let role: RolePolicies;
    let name: string;
    let arn: string;
    beforeAll(async () => {
      deployment = of();
      arn = (await deployment.outputs())[scheduled.functionOutput] ?? '';
      name = nameOf(arn);
      role = new RolePolicies(deployment.aws, (await configurationOf(deployment, name)).Role);
    });
    const run = async (action = '') => {
      await scheduled.needs[action]?.prepare?.(deployment);
      await deployment.aws.endInstances();
      return invoke(deployment, name);
    };

    it('has permissions for its log and its work, and they are enough', async () => {
      const actions = [...logActions, ...(scheduled.more ?? []), ...Object.keys(scheduled.needs)];
      expect(await role.actions()).toEqual(actions.sort());
      expect(await run()).not.toContain('errorType');
    });

    it.each(Object.keys(scheduled.needs))('needs %s', async (action) => {
      expect(await role.without(action, () => run(action))).toContain(scheduled.needs[action]?.missing);
      expect(await run(action)).not.toContain('errorType');
    });

    it.each(logActions)('needs %s for its log', async (action) => {
      const logged = () => isLogged(deployment, name, run);

      expect(await role.without(action, logged)).toBe(false);
      expect(await logged()).toBe(true);
    });

    it('is invoked by its schedule, which needs a permission of the function', async () => {
      const { aws } = deployment;
      const permission = { Action: 'lambda:InvokeFunction', Principal: 'events.amazonaws.com' };
      const policy = JSON.parse(
        JSON.parse(await aws.rest('lambda', 'GET', `/2015-03-31/functions/${name}/policy`)).Policy,
      );
      const SourceArn = policy.Statement[0].Condition.ArnLike['AWS:SourceArn'];
      const before = await logOf(deployment, name);
      aws.runSchedules();
      await deployment.cluster.waitFor('a run', async () => (await logOf(deployment, name)) !== before);

      await withoutPermission(aws, { name }, { ...permission, SourceArn }, async () => {
        aws.runSchedules();
        const refusal = `EventBridge may not invoke ${arn}`;
        await deployment.cluster.waitFor('the refusal', () => aws.log().includes(refusal));
      });
    });
  });
}
