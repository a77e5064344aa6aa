// Tests the form of the catalogue of findings: codes, severities, messages and documentation.

import { describe, expect, it } from 'vitest';
import { allFindings } from '../../../lib/annotations/finding-catalogue.ts';
import type { FindingCode, FixedDocs, InvalidDocs } from '../../../lib/annotations/finding-codes.ts';
import { findingMeanings } from '../../../lib/annotations/finding-meanings.ts';
import { type FindingLocation, findingFrom, invalidFinding } from '../../../lib/annotations/findings.ts';

const place: FindingLocation = { key: 'cwii.dev/x', scope: 'pod', object: 'Pod shop/web' };

const staticKeys = { container: 'app', what: 'static keys, which the SDKs prefer to the injected identity' };

/** Short sample parameters for every code that has any. */
const samples: Partial<Record<FindingCode, readonly object[]>> = {
  'annotation-unknown': [{ nearest: undefined }, { nearest: 'cwii.dev/aws-role-session-name' }],
  'prefix-unknown': [{ nearest: undefined }, { nearest: 'cwii.dev/aws-role-session-name' }],
  'namespace-not-labelled': [{ label: undefined }, { label: 'x'.repeat(63) }],
  'provider-disabled': [{ cloud: 'Azure', setting: 'CWII_AZ_ENABLED' }],
  'owner-uid-mismatch': [{ object: 'ReplicaSet shop/web-5d9f' }],
  'owners-too-many': [{ most: 8 }],
  'aws-region-missing': [
    { partition: 'aws', containers: 'container app' },
    { partition: 'aws-us-gov', containers: 'containers app, worker, queue and 2 more' },
  ],
  'aws-sts-region-missing': [{ containers: 'container app' }],
  'aws-partition-mismatch': [{ subject: 'this region', found: 'aws', partition: 'aws-us-gov' }],
  'aws-session-name-long': [{ longest: 64 }],
  'aws-identity-kept': [{ container: 'app' }],
  'aws-static-keys': [staticKeys],
  'az-token-expiration-short': [
    { seconds: 600, byDefault: false },
    { seconds: 900, byDefault: true },
  ],
  'gcp-project-missing': [{ containers: 'containers app, worker, queue and 2 more' }],
  'az-client-id-partial': [{ containers: 'containers app, worker, queue and 2 more' }],
  'az-identity-kept': [{ container: 'app' }],
  'az-static-keys': [{ ...staticKeys, may: true }],
  'gcp-identity-kept': [{ container: 'app' }],
  'gcp-static-keys': [staticKeys],
  'other-credential': [
    {
      container: 'app',
      what: 'a file, whose roles boto3, the AWS CLI, JavaScript and Rust prefer to the injected identity',
    },
  ],
  'gcp-delivery-default': [{ reason: 'config-map' }, { reason: 'windows' }, { reason: 'unknown' }],
  'identity-outdated': [{ container: 'app' }],
  'variable-updated': [{ containers: ['app'] }, { containers: ['a', 'b', 'c', 'd', 'e'] }],
  'identity-of-excluded': [{ container: 'app' }],
  'identity-completed': [{ container: 'app' }],
  'identity-incomplete': [{ container: 'app', missing: 'AWS_ROLE_ARN' }],
  'identity-empty': [{ container: 'app' }],
  'container-unknown': [{ names: 'app, proxy' }],
  'not-allowed': [
    { rule: 'CWII_ALLOWED_GCP_SERVICE_ACCOUNTS' },
    { rule: 'CWII_ALLOWED_AZ_AUTHORITY_HOSTS', note: "not a login host of Microsoft's, it would receive the token" },
  ],
  'token-expiration-unreadable': [{ seconds: 3600 }],
  'token-expiration-raised': [{ seconds: 600 }],
  'token-expiration-lowered': [{ who: 'Kubernetes', seconds: 4_294_967_296 }],
  'verify-settings-not-copied': [{ names: 'CLOUDSDK_CORE_CUSTOM_CA_CERTS_FILE, AWS_CA_BUNDLE, AWS_REGION, …' }],
  'verify-image-invalid': [{ fallback: 'mcr.microsoft.com/azure-cli:latest' }],
  'mount-path-taken': [{ container: 'app', volume: 'data' }],
  'service-identity-kept': [{ container: 'app' }],
  'service-key-missing': [{ key: 'cwii.dev/databricks-client-id', service: 'Databricks' }],
  'service-variable-taken': [{ variable: 'AWS_WEB_IDENTITY_TOKEN_FILE', other: 'the token object-storage' }],
  'tokens-too-many': [{ most: 16 }],
  'aws-target-role-bypassed': [{ container: 'app' }],
  'containers-too-many': [{ count: 501, most: 500 }],
};

const codes = Object.keys(allFindings) as FindingCode[];
const byScope = codes.filter((code) => allFindings[code].severity === 'by-scope');

/** Every message that a code can have, for the sample parameters. */
function messagesOf(code: FindingCode): string[] {
  if (byScope.includes(code)) {
    const effect = 'nothing is injected for Azure';
    return (['deny', 'warn'] as const).map(
      (severity) => invalidFinding(code as never, place, severity, effect, allFindings[code] as InvalidDocs).message,
    );
  }
  const docs = allFindings[code] as FixedDocs<object>;
  return (samples[code] ?? [{}]).map((params) => findingFrom(code, docs, place, params).message);
}

describe('The catalogue of findings', () => {
  it.each(codes)('documents %s with a code in kebab case and whole sentences', (code) => {
    expect(code).toMatch(/^[a-z]+(-[a-z]+)+$/);
    expect(findingMeanings[code]).toMatch(/^(cwii |[A-Z`]).*\.$/);
  });

  it.each(codes.flatMap((code) => messagesOf(code).map((message) => ({ code, message }))))(
    'has a message of one clause, "problem; remedy", for $code: $message',
    ({ code, message }) => {
      const [problem, remedy, ...more] = message.split('; ');

      expect(more).toEqual([]);
      expect(remedy).toBe(allFindings[code].remedy);
      expect(problem).toMatch(/\S/);
      // The key, the value and the object come before the message in a line of 256 characters.
      expect(message.length).toBeLessThanOrEqual(200);
      // It continues a sentence after a colon, so it neither begins like a sentence nor ends like one.
      expect(message).not.toMatch(/^The |^A |\.$|\n|undefined|\[object/);
    },
  );

  it('has sample parameters for every message that has parameters', () => {
    const parametric = codes.filter((code) => typeof (allFindings[code] as FixedDocs<never>).problem === 'function');

    expect(Object.keys(samples).sort()).toEqual(parametric.sort());
  });

  it('lets the scope decide on invalid values only', () => {
    expect(byScope).toEqual([
      'aws-role-arn-invalid',
      'az-id-invalid',
      'az-authority-host-invalid',
      'gcp-audience-invalid',
      'gcp-audience-project-id',
      'gcp-service-account-invalid',
      'audience-too-long',
      'mount-parent-read-only',
      'service-value-invalid',
      'token-name-invalid',
      'token-variable-invalid',
      'aws-target-role-invalid',
      'aws-target-role-foreign',
      'aws-external-id-invalid',
    ]);
  });

  it('denies only for rules of the cluster owner and conflicts within the pod', () => {
    expect(codes.filter((code) => allFindings[code].severity === 'deny')).toEqual([
      'not-allowed',
      'audience-of-api-server',
      'volume-name-taken',
      'mount-path-taken',
      'container-name-taken',
      'containers-too-many',
      'service-variable-taken',
      'tokens-too-many',
    ]);
  });
});
