// Tests the content of GCP's credentials file, and the container that can write it.

import { describe, expect, it } from 'vitest';
import { credentialsJson, deliverCredentials } from '../../../lib/providers/gcp-credentials.ts';
import { parseMutateSettings } from '../../../lib/settings/webhook-config.ts';
import { samplePod } from '../../fakes/evaluation.ts';

const audience = '//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/providers/c';

describe('credentialsJson', () => {
  it('contains the path of the token, its receiver and the service account', () => {
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

  it('contains no service account for direct federation', () => {
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

  it('returns the same text each time, so that a second pass finds the text of the first one', () => {
    const of = { audience, account: undefined, tokenPath: 'C:\\run\\token' };

    expect(credentialsJson(of)).toBe(credentialsJson({ ...of }));
    expect(JSON.parse(credentialsJson(of)).credential_source.file).toBe('C:\\run\\token');
  });
});

describe('deliverCredentials', () => {
  const { providers, mountRoot } = parseMutateSettings({ CWII_GCP_WRITER_IMAGE: 'sh:1', CWII_MOUNT_ROOT: '/run/x' });
  const deliver = (json: string) =>
    deliverCredentials('init-container', json, samplePod({ sharedUid: 1000 }), { mountRoot, providers });

  it('adds a container that writes the file to the path where the other containers read it', () => {
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

  it('passes the file to the writer as a variable in which Kubernetes expands nothing', () => {
    expect(deliver('{"a":"$(HOME)"}').writers[0]?.container.env[0]).toEqual({
      name: 'CREDENTIALS',
      value: '{"a":"$$(HOME)"}',
    });
  });

  it('adds no container if the kubelet projects the file', () => {
    const { writers } = deliverCredentials('downward-api', '{}', samplePod(), { mountRoot, providers });

    expect(writers).toEqual([]);
  });
});
