// Knows the credentials file of GCP field by field, and the container that can write it.

import { describe, expect, it } from 'vitest';
import { credentialsJson, deliverCredentials } from '../../../lib/providers/gcp-credentials.ts';
import { parseMutateSettings } from '../../../lib/settings/webhook-config.ts';
import { factsOf } from '../../fakes/planning.ts';

const audience = '//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/providers/c';

describe('the credentials file', () => {
  it('says where the token is, who takes it, and as whom', () => {
    const json = credentialsJson({ audience, account: 'a@b.iam.gserviceaccount.com', tokenPath: '/run/gcp/token' });

    expect(JSON.parse(json)).toEqual({
      type: 'external_account',
      audience,
      subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
      token_url: 'https://sts.googleapis.com/v1/token',
      token_info_url: 'https://sts.googleapis.com/v1/introspect',
      service_account_impersonation_url:
        'https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/a@b.iam.gserviceaccount.com:generateAccessToken',
      credential_source: { file: '/run/gcp/token', format: { type: 'text' } },
    });
  });

  it('names no service account where the federation is direct', () => {
    const json = credentialsJson({ audience, account: undefined, tokenPath: '/run/gcp/token' });

    expect(Object.keys(JSON.parse(json))).toEqual([
      'type',
      'audience',
      'subject_token_type',
      'token_url',
      'token_info_url',
      'credential_source',
    ]);
  });

  it('is the same text each time, so that a second pass finds what the first one wrote', () => {
    const of = { audience, account: undefined, tokenPath: 'C:\\run\\token' };

    expect(credentialsJson(of)).toBe(credentialsJson({ ...of }));
    expect(JSON.parse(credentialsJson(of)).credential_source.file).toBe('C:\\run\\token');
  });
});

describe('the container that writes the file', () => {
  const { providers, mountRoot } = parseMutateSettings({ CWII_GCP_WRITER_IMAGE: 'sh:1', CWII_MOUNT_ROOT: '/run/x' });
  const deliver = (json: string) =>
    deliverCredentials('init-container', json, { mountRoot, providers, pod: factsOf({ sharedUid: 1000 }) });

  it('writes it where the other containers read it', () => {
    const { mount, path, volume, writers } = deliver('{}');

    expect(path).toBe('/run/x/gcp-creds/credentials.json');
    expect(mount).toEqual({ name: volume.name, mountPath: '/run/x/gcp-creds', readOnly: true });
    expect(writers).toMatchObject([
      {
        role: 'writer',
        container: {
          name: 'cwii-gcp-creds-writer',
          image: 'sh:1',
          command: ['sh', '-c', `printf '%s' "$CREDENTIALS" > ${path}`],
          securityContext: { runAsUser: 1000 },
        },
      },
    ]);
    expect(writers[0]?.container.volumeMounts[0]).toEqual({ name: volume.name, mountPath: '/run/x/gcp-creds' });
  });

  it('gets the file as one variable, in which nothing is expanded', () => {
    expect(deliver('{"a":"$(HOME)"}').writers[0]?.container.env[0]).toEqual({
      name: 'CREDENTIALS',
      value: '{"a":"$$(HOME)"}',
    });
  });

  it('leaves nothing to do for the one that the kubelet projects', () => {
    const { writers } = deliverCredentials('downward-api', '{}', { mountRoot, providers, pod: factsOf() });

    expect(writers).toEqual([]);
  });
});
