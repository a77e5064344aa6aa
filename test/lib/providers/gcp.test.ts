// Tests the GCP provider: its variables, its two audiences, and the delivery of its file.

import { describe, expect, it } from 'vitest';
import { gcp } from '../../../lib/providers/gcp.ts';
import { type Annotations, type EvaluationOptions, outcomeOf, planBy } from '../../fakes/evaluation.ts';

const audience =
  '//iam.googleapis.com/projects/123456789012/locations/global/workloadIdentityPools/my-pool/providers/my-cluster';
const account = 'my-app@my-project.iam.gserviceaccount.com';
const direct = { 'cwii.dev/gcp-inject': 'true', 'cwii.dev/gcp-audience': audience };
const impersonating = { 'cwii.dev/gcp-service-account': account, 'cwii.dev/gcp-audience': audience };
const folder = '/var/run/secrets/cwii.dev';
const json = 'cwii.dev/gcp-credentials';

const tokenOf = (annotations: Record<string, string>, options?: EvaluationOptions) =>
  (planBy(gcp, annotations, options).volumes[0] as { projected?: { sources: { serviceAccountToken: unknown }[] } })
    .projected?.sources[0]?.serviceAccountToken;
const fileOf = (annotations: Record<string, string>, options?: EvaluationOptions) =>
  JSON.parse(planBy(gcp, annotations, options).annotations[json] ?? '');

describe('The GCP identity', () => {
  it('consists of a token, a credentials file, and the variables that name the file', () => {
    const plan = planBy(gcp, impersonating);
    const value = `${folder}/gcp-creds/credentials.json`;

    expect(plan.identity).toEqual([
      { name: 'GOOGLE_APPLICATION_CREDENTIALS', value },
      { name: 'CLOUDSDK_AUTH_CREDENTIAL_FILE_OVERRIDE', value },
    ]);
    expect(plan.fileVariable).toBe(plan.identity[0]);
    expect(plan.mounts).toEqual([
      { name: 'cwii-gcp-token', mountPath: `${folder}/gcp`, readOnly: true },
      { name: 'cwii-gcp-creds', mountPath: `${folder}/gcp-creds`, readOnly: true },
    ]);
    expect(plan.volumes.map(({ name }) => name)).toEqual(plan.mounts.map(({ name }) => name));
    expect(plan).toMatchObject({ extras: [], ownContainers: [] });
  });

  it('reaches the pod as an annotation that the kubelet projects', () => {
    const plan = planBy(gcp, direct);

    expect(plan.volumes[1]).toEqual({
      name: 'cwii-gcp-creds',
      downwardAPI: {
        items: [
          { path: 'credentials.json', fieldRef: { apiVersion: 'v1', fieldPath: `metadata.annotations['${json}']` } },
        ],
      },
    });
    expect(Object.keys(plan.annotations)).toEqual([json]);
  });

  it('impersonates the service account if one is set', () => {
    expect(fileOf(impersonating).service_account_impersonation_url).toContain(`/serviceAccounts/${account}:`);
    expect(fileOf(direct)).not.toHaveProperty('service_account_impersonation_url');
  });

  it('has the default workload identity provider if no annotation sets one', () => {
    const env = { CWII_GCP_DEFAULT_AUDIENCE: `https:${audience}` };

    expect(fileOf({ 'cwii.dev/gcp-inject': 'true' }, { env }).audience).toBe(audience);
    expect(tokenOf({ 'cwii.dev/gcp-inject': 'true' }, { env })).toMatchObject({ audience: `https:${audience}` });
  });

  it.each([
    { annotations: { 'cwii.dev/gcp-inject': 'true' }, key: 'cwii.dev/gcp-inject' },
    { annotations: { 'cwii.dev/gcp-service-account': account }, key: 'cwii.dev/gcp-service-account' },
  ])('is skipped with a warning about $key without a workload identity provider', ({ annotations, key }) => {
    expect(outcomeOf(gcp, annotations)).toMatchObject({
      kind: 'withheld',
      findings: [{ code: 'gcp-audience-missing', severity: 'warn', key }],
    });
  });

  it('is not requested by a workload identity provider alone', () => {
    expect(outcomeOf(gcp, { 'cwii.dev/gcp-audience': audience }).kind).toBe('not-requested');
  });

  it('has Windows paths for its files in a Windows pod', () => {
    const options = { pod: { windows: true } };

    expect(planBy(gcp, direct, options).fileVariable?.value).toBe(
      'C:\\var\\run\\secrets\\cwii.dev\\gcp-creds\\credentials.json',
    );
    expect(fileOf(direct, options).credential_source.file).toBe('C:\\var\\run\\secrets\\cwii.dev\\gcp\\token');
    expect(planBy(gcp, direct, options).mounts[1]?.mountPath).toBe(`${folder}/gcp-creds`);
  });
});

describe('The GCP audience', () => {
  it('is the same in the file and in the token by default', () => {
    expect(fileOf(direct).audience).toBe(audience);
    expect(tokenOf(direct)).toEqual({ path: 'token', audience, expirationSeconds: 3600 });
  });

  it('keeps its prefix https: in the token, but not in the file', () => {
    const annotations = { ...direct, 'cwii.dev/gcp-audience': `https:${audience}` };

    expect(fileOf(annotations).audience).toBe(audience);
    expect(tokenOf(annotations)).toMatchObject({ audience: `https:${audience}` });
  });

  it('of the token can differ, as can its lifetime', () => {
    const annotations = {
      ...direct,
      'cwii.dev/gcp-token-audience': 'sts.googleapis.com',
      'cwii.dev/gcp-token-expiration': '7200',
    };

    expect(fileOf(annotations).audience).toBe(audience);
    expect(tokenOf(annotations)).toMatchObject({ audience: 'sts.googleapis.com', expirationSeconds: 7200 });
  });

  it.each([
    'my-pool',
    audience.slice(2),
    `http:${audience}`,
    audience.replace('/providers/my-cluster', ''),
    `${audience}/`,
    audience.replace('my-pool', 'My_Pool'),
    audience.replace('iam.googleapis.com', 'iam.example.com'),
  ])('is rejected if it is %s', (written) => {
    const annotations = { ...direct, 'cwii.dev/gcp-audience': written };
    const finding = { code: 'gcp-audience-invalid', key: 'cwii.dev/gcp-audience' };

    expect(outcomeOf(gcp, annotations)).toMatchObject({ kind: 'deny', findings: [finding] });
    expect(outcomeOf(gcp, annotations, { severity: 'warn' })).toMatchObject({ kind: 'withheld', findings: [finding] });
  });
});

describe('The Google service account', () => {
  it.each([account, '123456789012-compute@developer.gserviceaccount.com', 'a@example.com.my.iam.gserviceaccount.com'])(
    'can be %s',
    (email) => {
      expect(outcomeOf(gcp, { ...impersonating, 'cwii.dev/gcp-service-account': email }).kind).toBe('inject');
    },
  );

  it.each(['my-app', 'me@example.com', `${account}/../x`, `${account}:x`, 'a b@c.iam.gserviceaccount.com', '@x.y'])(
    'is rejected if it is %s',
    (email) => {
      const annotations = { ...impersonating, 'cwii.dev/gcp-service-account': email };
      const finding = { code: 'gcp-service-account-invalid', key: 'cwii.dev/gcp-service-account' };

      expect(outcomeOf(gcp, annotations)).toMatchObject({ kind: 'deny', findings: [finding] });
      expect(outcomeOf(gcp, annotations, { severity: 'warn' })).toMatchObject({
        kind: 'withheld',
        findings: [finding],
      });
    },
  );
});

describe('The GCP project', () => {
  const withProject = (project: string) => ({ ...direct, 'cwii.dev/gcp-project': project });

  it.each(['my-project', 'example.com:my-project'])('is set for the SDKs and for gcloud: %s', (value) => {
    expect(planBy(gcp, withProject(value)).extras).toEqual([
      { name: 'GOOGLE_CLOUD_PROJECT', value },
      { name: 'CLOUDSDK_CORE_PROJECT', value },
    ]);
    expect(outcomeOf(gcp, withProject(value)).findings).toEqual([]);
  });

  it.each(['My Project', '123456789012', 'short', '-my-project'])('is not set if it is not an ID: %s', (project) => {
    expect(planBy(gcp, withProject(project)).extras).toEqual([]);
    expect(outcomeOf(gcp, withProject(project)).findings).toMatchObject([
      { code: 'gcp-project-invalid', severity: 'warn', value: project },
    ]);
  });

  it.each([
    { project: {}, value: '-' },
    { project: { 'cwii.dev/gcp-project': 'my-project' }, value: 'my-project' },
  ])('is $value for verification if the annotations are $project', ({ project, value }) => {
    const { ownContainers } = planBy(gcp, { ...direct, ...project, 'cwii.dev/gcp-verify': 'true' });

    expect(ownContainers[0]?.container.env).toContainEqual({ name: 'GOOGLE_CLOUD_PROJECT', value });
  });
});

describe('The GCP guard rails', () => {
  it.each([
    { rail: 'CWII_ALLOWED_GCP_SERVICE_ACCOUNTS', annotations: impersonating, key: 'cwii.dev/gcp-service-account' },
    { rail: 'CWII_ALLOWED_AUDIENCES', annotations: direct, key: 'cwii.dev/gcp-audience' },
  ])('deny a value that $rail does not allow', ({ rail, annotations, key }) => {
    expect(outcomeOf(gcp, annotations, { env: { [rail]: 'another' }, severity: 'warn' })).toMatchObject({
      kind: 'deny',
      findings: [{ code: 'not-allowed', severity: 'deny', key, message: expect.stringContaining(rail) }],
    });
  });

  it('do not apply to a service account that is not set', () => {
    expect(outcomeOf(gcp, direct, { env: { CWII_ALLOWED_GCP_SERVICE_ACCOUNTS: 'another' } }).kind).toBe('inject');
  });

  it('include the audiences of the API server for the token', () => {
    const outcome = outcomeOf(gcp, { ...direct, 'cwii.dev/gcp-token-audience': 'kubernetes.default' });

    expect(outcome).toMatchObject({
      kind: 'deny',
      findings: [{ code: 'audience-of-api-server', key: 'cwii.dev/gcp-token-audience' }],
    });
  });
});

describe('The delivery of the credentials file', () => {
  /** The plan as data, without its function. */
  const partsOf = (...args: [Annotations, EvaluationOptions?]) => ({ ...planBy(gcp, ...args), examine: undefined });
  const delivered = (delivery: string) => ({ ...direct, 'cwii.dev/gcp-delivery': delivery });

  it.each(['downward-api', 'downwardAPI', 'Downward_API'])('is the default for %s', (delivery) => {
    expect(partsOf(delivered(delivery))).toEqual(partsOf(direct));
    expect(outcomeOf(gcp, delivered(delivery)).findings).toEqual([]);
  });

  it.each(['init-container', 'initContainer', 'INIT_CONTAINER'])('uses an init container for %s', (delivery) => {
    const { volumes, ownContainers, annotations, mounts } = planBy(gcp, delivered(delivery));

    expect(volumes[1]).toEqual({ name: 'cwii-gcp-creds', emptyDir: { sizeLimit: '1Mi' } });
    expect(mounts).toEqual(planBy(gcp, direct).mounts);
    expect(ownContainers.map(({ role, container }) => `${role}: ${container.name}`)).toEqual([
      'writer: cwii-gcp-creds-writer',
    ]);
    expect(annotations).toEqual({});
    expect(outcomeOf(gcp, delivered(delivery)).findings).toEqual([]);
  });

  it.each(['config-map', 'ConfigMap', 'secret', 'toString'])('is the default with a warning for %s', (way) => {
    expect(partsOf(delivered(way))).toEqual(partsOf(direct));
    expect(outcomeOf(gcp, delivered(way)).findings).toMatchObject([
      { code: 'gcp-delivery-default', severity: 'warn', value: way },
    ]);
  });

  it('is the default with a warning for an init container in a Windows pod', () => {
    const options = { pod: { windows: true } };

    expect(partsOf(delivered('init-container'), options)).toEqual(partsOf(direct, options));
    expect(outcomeOf(gcp, delivered('init-container'), options).findings).toMatchObject([
      { code: 'gcp-delivery-default', message: expect.stringContaining('Linux') },
    ]);
  });
});
