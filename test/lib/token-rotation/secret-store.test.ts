// Knows how a token is read from Secrets Manager and replaced there, by its own SDK, and what its failures are called.

import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { SecretStore } from '../../../lib/token-rotation/secret-store.ts';
import { reset } from '../../fakes/aws/endpoint.ts';
import { type Secrets, startSecretsManager } from '../../fakes/aws/secrets-manager.ts';
import { asOnLambda, lambdaCredentials, region } from '../cluster/credentials/aws.ts';

const arn = 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:cwii-test-a1b2c3';

let secrets: Secrets;
let store: SecretStore;
beforeAll(async () => {
  secrets = await startSecretsManager({ region, caller: lambdaCredentials });
  vi.stubEnv('AWS_ENDPOINT_URL_SECRETS_MANAGER', secrets.endpoint.url);
  store = new SecretStore({ arn, region });
});
afterAll(() => secrets.endpoint[Symbol.asyncDispose]());
afterEach(() => secrets.endpoint.failAlways(undefined));
asOnLambda();

describe('the secret', () => {
  it('gives its current value, and takes a new one in its place', async () => {
    secrets.versions.set(arn, ['one']);
    const before = await store.read();
    await store.write('two');

    expect([before, await store.read()]).toEqual(['one', 'two']);
    expect(secrets.versions.get(arn)).toEqual(['one', 'two']);
  });

  it('is empty before the first value, which is no failure', async () => {
    secrets.versions.set(arn, []);

    expect(await store.read()).toBe('');
  });

  it('that does not exist is a failure', async () => {
    secrets.versions.delete(arn);

    await expect(store.read()).rejects.toMatchObject({ message: expect.stringContaining('there is no such secret') });
  });

  it('that may not be written stays as it was, and the permission is named', async () => {
    secrets.versions.set(arn, ['one']);
    secrets.endpoint.failAlways(secrets.endpoint.refusal(400, 'AccessDeniedException'));

    await expect(store.write('two')).rejects.toMatchObject({
      code: 'credential-unreadable',
      message: expect.stringMatching(
        /the new token cannot be written to the secret .+, where the old one stays: .+PutSecretValue/,
      ),
    });
    expect(secrets.versions.get(arn)).toEqual(['one']);
  });

  it('is asked again where a connection breaks off', async () => {
    secrets.versions.set(arn, ['one']);
    secrets.endpoint.failNext(reset);

    expect(await store.read()).toBe('one');
  });
});
