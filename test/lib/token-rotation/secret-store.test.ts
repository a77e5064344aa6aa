// Tests of SecretStore: reading and replacing the token in Secrets Manager, and the error for each failure.

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
  it('has a current value, which a write replaces', async () => {
    secrets.versions.set(arn, ['one']);
    const before = await store.read();
    await store.write('two');

    expect([before, await store.read()]).toEqual(['one', 'two']);
    expect(secrets.versions.get(arn)).toEqual(['one', 'two']);
  });

  it('is empty before its first value, without a failure', async () => {
    secrets.versions.set(arn, []);

    expect(await store.read()).toBe('');
  });

  it('fails to be read if it does not exist', async () => {
    secrets.versions.delete(arn);

    await expect(store.read()).rejects.toMatchObject({ message: expect.stringContaining('the secret does not exist') });
  });

  it('is unchanged if writing is denied, and the error names the permission', async () => {
    secrets.versions.set(arn, ['one']);
    secrets.endpoint.failAlways(secrets.endpoint.refusal(400, 'AccessDeniedException'));

    await expect(store.write('two')).rejects.toMatchObject({
      code: 'credential-unreadable',
      message: expect.stringMatching(
        /the new token cannot be written to the secret .+, which keeps the old one: .+PutSecretValue/,
      ),
    });
    expect(secrets.versions.get(arn)).toEqual(['one']);
  });

  it('is read again if the connection breaks', async () => {
    secrets.versions.set(arn, ['one']);
    secrets.endpoint.failNext(reset);

    expect(await store.read()).toBe('one');
  });
});
