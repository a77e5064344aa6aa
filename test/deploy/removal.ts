// Removes a stack, and shows what remains in the account.

import { expect, it } from 'vitest';
import type { Deployment } from './deployment.ts';
import { withDomain } from './follow-guide.ts';
import { deploying, issuer } from './guide.ts';

/** The resources that serve the issuer. */
const serving = [
  'AWS::CloudFront::CachePolicy',
  'AWS::CloudFront::Distribution',
  'AWS::CloudFront::OriginAccessControl',
  'AWS::S3::Bucket',
  'AWS::S3::BucketPolicy',
];

/** @param records of the own domain. */
export function describeRemoval(of: () => Deployment, ...records: 'AWS::Route53::RecordSet'[]): void {
  it('removes the stack, and what serves the issuer stays', async () => {
    const { run, aws, machine, outputs } = of();
    const { IssuerUrl, WebhookUrl } = await outputs();
    await run('kubectl delete mutatingwebhookconfiguration cwii');
    const refused = await machine.attempt('npx cdk destroy --force cwii-prod');
    expect(refused.stdout + refused.stderr).toContain('TerminationProtection is enabled');
    await run(deploying.commands('Before you delete a hosted issuer').replace('destroy', 'destroy --force'));

    expect((await aws.get(`${WebhookUrl}healthz`)).status).not.toBe(200);
    expect((await aws.get(`${IssuerUrl}/openid/v1/jwks`)).status).toBe(200);
    // Versions are deleted with their function.
    expect(await typesThatRemain(of())).toEqual([...serving, ...records, 'AWS::Lambda::Version'].sort());
  });

  it('deletes the issuer permanently with the commands of its page', async () => {
    const { IssuerUrl } = await of().outputs();
    const bucket = await of().run(await withDomain(of(), issuer.commands('When the stack is deleted')));

    expect(bucket).toMatch(/\.s3\.\S+\n$/);
    expect((await of().aws.get(`${IssuerUrl}/openid/v1/jwks`)).status).not.toBe(200);
  });
}

interface StackEvent {
  readonly ResourceType: string;
  readonly ResourceStatus: string;
}

/** The resources that the deletion of the stack left alone, as its events say. */
async function typesThatRemain({ run }: Deployment): Promise<string[]> {
  const stack = `"$(aws cloudformation list-stacks --stack-status-filter DELETE_COMPLETE --query "StackSummaries[?StackName=='cwii-prod'].StackId | [0]" --output text)"`;
  const text = await run(`aws cloudformation describe-stack-events --stack-name ${stack} --query StackEvents`);
  // The newest event is the first one. Updates before the deletion skipped deletions too.
  const events: readonly StackEvent[] = JSON.parse(text);
  const began = events.findIndex(
    ({ ResourceType, ResourceStatus }) =>
      ResourceType === 'AWS::CloudFormation::Stack' && ResourceStatus === 'DELETE_IN_PROGRESS',
  );
  const skipped = events.slice(0, began).filter(({ ResourceStatus }) => ResourceStatus === 'DELETE_SKIPPED');
  return [...new Set(skipped.map(({ ResourceType }) => ResourceType))].sort();
}
