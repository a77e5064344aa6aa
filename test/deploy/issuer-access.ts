// Who may read the bucket of the issuer: its distribution, over HTTPS, and only the two documents.

import { beforeAll, describe, expect, it } from 'vitest';
import type { Deployment } from './deployment.ts';
import type { Emulator } from './emulated-aws/emulator.ts';
import { configurationOf, issuerBucket, nameOf } from './functions.ts';
import { credentialsOf } from './role-credentials.ts';
import { cacheSeconds } from './settings.ts';

interface Policy {
  readonly Statement: readonly { readonly Sid?: string; readonly Condition?: object }[];
}

export function describeIssuerAccess(of: () => Deployment): void {
  describe("the issuer's bucket", () => {
    let aws: Emulator;
    let bucket: string;
    let issuerUrl: URL;
    let documents: readonly string[];
    beforeAll(async () => {
      const deployment = of();
      aws = deployment.aws;
      bucket = await issuerBucket(deployment);
      const { IssuerUrl = '' } = await deployment.outputs();
      issuerUrl = new URL(IssuerUrl);
      documents = ['openid/v1/jwks', '.well-known/openid-configuration'].map((path) => `${IssuerUrl}/${path}`);
    });

    const status = async (url: string) => (await of().aws.get(url)).status;
    const statuses = () => Promise.all(documents.map(status));

    /** Runs `probe` with the bucket policy that `change` returns. */
    async function withPolicy<T>(change: (policy: Policy) => Policy, probe: () => Promise<T>): Promise<T> {
      const path = `/${bucket}?policy`;
      const policy: Policy = JSON.parse(await aws.rest('s3', 'GET', path));
      await aws.rest('s3', 'PUT', path, change(policy));
      try {
        return await probe();
      } finally {
        await aws.rest('s3', 'PUT', path, policy);
      }
    }

    it('lets CloudFront read the documents, and nothing else', async () => {
      expect(await statuses()).toEqual([200, 200]);
      expect(await status(new URL('/state/prod.json', issuerUrl).href)).toBe(403);

      const withoutGrant = ({ Statement, ...rest }: Policy) => ({
        ...rest,
        Statement: Statement.filter(({ Sid }) => Sid !== 'CloudFrontReadsTheDocuments'),
      });
      expect(await withPolicy(withoutGrant, statuses)).toEqual([403, 403]);
    });

    it('does not let another distribution read them', async () => {
      const { run } = of();
      const { IssuerDistributionDomain } = await of().outputs();
      const domain = await run(`ID=$(aws cloudfront list-distributions --output text \
          --query "DistributionList.Items[?DomainName=='${IssuerDistributionDomain}'].Id")
        aws cloudfront get-distribution-config --id "$ID" |
          jq '.DistributionConfig | .CallerReference = "other" | .Aliases = {Quantity: 0}' > other-distribution.json
        aws cloudfront create-distribution --distribution-config file://other-distribution.json \
          --query Distribution.DomainName --output text`);

      expect(await status(`https://${domain.trim()}${new URL(documents[0] ?? '').pathname}`)).toBe(403);
    });

    it('has documents that CloudFront keeps for a minute, so a dropped key disappears', async () => {
      const { IssuerDistributionDomain } = await of().outputs();

      expect(await cacheSeconds(of(), IssuerDistributionDomain)).toBe(60);
    });

    it('keeps the replaced versions of an object', async () => {
      for (const text of ['first', 'second']) await aws.rest('s3', 'PUT', `/${bucket}/replaced`, { text });
      const versions = await aws.rest('s3', 'GET', `/${bucket}?versions&prefix=replaced`);

      expect(versions.split('<VersionId>').length - 1).toBe(2);
    });

    it('is not read without TLS', async () => {
      const { IssuerDistributionDomain } = await of().outputs();
      const plain = { host: IssuerDistributionDomain, 'x-forwarded-proto': 'http' };

      const { status, body } = await aws.forward('GET', new URL(documents[0] ?? '').pathname, plain);
      // Not the refusal of the bucket, to which CloudFront would forward the request without TLS.
      expect({ status, body: body.toString() }).toMatchObject({
        status: 403,
        body: expect.stringContaining('Viewers must use HTTPS'),
      });
    });

    it.each([
      ['without TLS', { 'x-forwarded-proto': 'http' }, 'aws:SecureTransport'],
      ['with TLS 1.1', { 'x-tls-version': '1.1' }, 's3:TlsVersion'],
    ])('denies requests %s, also to its function', async (_, headers, key) => {
      const { IssuerFunctionArn } = await of().outputs();
      const { Role } = await configurationOf(of(), nameOf(IssuerFunctionArn));
      const caller = aws.as({ credentials: await credentialsOf(of(), Role), headers });
      const read = () => caller.rest('s3', 'GET', `/${bucket}/state/prod.json`);
      const withoutDenial = ({ Statement, ...rest }: Policy) => ({
        ...rest,
        Statement: Statement.filter(({ Condition }) => !JSON.stringify(Condition ?? {}).includes(key)),
      });

      await expect(read()).rejects.toThrow('AccessDenied');
      expect(await withPolicy(withoutDenial, read)).toContain('keys');
    });
  });
}
