// Limits a public Function URL to callers from given addresses, in the resource policy of its alias.

import { CfnResource, RemovalPolicy, Token } from 'aws-cdk-lib';
import { AnyPrincipal, PolicyDocument, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { type Alias, CfnPermission } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import { parseCallerCidr } from '../cluster-file/caller-cidrs.ts';
import { constructError, parseAtSynth } from './synth-checks.ts';

/** The construct IDs of the permissions that CDK adds for a public URL. */
const PUBLIC_PERMISSIONS = ['invoke-function-url', 'invoke-function'] as const;

/**
 * Replaces the two permissions of a public URL by one policy with the same two statements and a condition.
 * AWS::Lambda::Permission has no condition for addresses, and each of its statements would allow everybody.
 *
 * @throws {CwiiError} `caller-cidr-invalid`.
 */
export function allowOnlyFrom(scope: Construct, alias: Alias, cidrs: readonly string[]): void {
  const ranges = cidrs.map((cidr) => (Token.isUnresolved(cidr) ? cidr : parse(scope, cidr)));
  if (ranges.length === 0)
    throw constructError(scope, 'caller-cidr-invalid', 'allowedCallerCidrs is empty, so nobody could call the webhook');
  for (const id of PUBLIC_PERMISSIONS)
    if (!alias.node.tryRemoveChild(id)) throw new Error(`CDK did not add the permission ${id} to the alias`);
  const from = { IpAddress: { 'aws:SourceIp': ranges } };
  const document = new PolicyDocument({
    statements: [
      statement('CallTheUrl', 'lambda:InvokeFunctionUrl', alias, {
        StringEquals: { 'lambda:FunctionUrlAuthType': 'NONE' },
        ...from,
      }),
      statement('InvokeThroughTheUrl', 'lambda:InvokeFunction', alias, {
        Bool: { 'lambda:InvokedViaFunctionUrl': 'true' },
        ...from,
      }),
    ],
  });
  const policy = new CfnResource(scope, 'CallerPolicy', {
    type: 'AWS::Lambda::ResourcePolicy',
    properties: { ResourceArn: alias.functionArn, PolicyDocument: document },
  });
  // Deleting the resource would delete the whole policy of the alias. When allowedCallerCidrs is removed,
  // CloudFormation does that after it has added the permissions for everybody, which would then be missing.
  // A rollback would not add them again either. The policy ends with the function.
  policy.applyRemovalPolicy(RemovalPolicy.RETAIN);
  alias.node.addValidation({ validate: () => conflicts(alias) });
}

function statement(sid: string, action: string, alias: Alias, conditions: Record<string, object>): PolicyStatement {
  const principals = [new AnyPrincipal()];
  return new PolicyStatement({ sid, principals, actions: [action], resources: [alias.functionArn], conditions });
}

function parse(scope: Construct, cidr: string): string {
  return parseAtSynth(scope, 'caller-cidr-invalid', () => {
    try {
      return parseCallerCidr(cidr);
    } catch (error) {
      throw new Error(`allowedCallerCidrs has a value that ${(error as Error).message}`);
    }
  });
}

/** Permissions that the policy would overwrite, or that would let others in. */
function conflicts(alias: Alias): string[] {
  const permissions = alias.node.findAll().filter((one) => one instanceof CfnPermission);
  return permissions.map(
    ({ node }) =>
      `${node.path} is an AWS::Lambda::Permission, but with allowedCallerCidrs one policy replaces all permissions of the alias; remove it, or grant it in the policies of the caller's role`,
  );
}
