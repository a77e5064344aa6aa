// Tests of one run: the order of its writes, concurrent runs, and what a failure leaves behind.

import { beforeEach, describe, expect, it } from 'vitest';
import { CwiiError } from '../../../lib/common/errors.ts';
import { type Command, noCommand } from '../../../lib/issuer/command.ts';
import type { PublicKey } from '../../../lib/issuer/public-key.ts';
import { type Publication, type PublishContext, publish } from '../../../lib/issuer/publish.ts';
import { keySetOf } from '../../../lib/issuer/published-documents.ts';
import { discoveryDocument, issuer, keySet, namedKey } from '../../fakes/issuer-keys.ts';
import { MemoryBucket } from '../../fakes/memory-bucket.ts';

const [a, b, c] = [namedKey('a'), namedKey('b'), namedKey('c')];
const stateKey = 'state/test.json';
const jwksKey = 'my-cluster/openid/v1/jwks';
const discoveryKey = 'my-cluster/.well-known/openid-configuration';
const noon = Date.UTC(2026, 10, 24, 12);

describe('a run', () => {
  let bucket: MemoryBucket;

  beforeEach(() => {
    bucket = new MemoryBucket();
  });

  function run(keys: readonly PublicKey[], changes: Partial<PublishContext> = {}, command: Command = noCommand) {
    const readCluster = async () => ({ discovery: discoveryDocument(), jwks: keySet(...keys) });
    const context = { clusterName: 'test', issuer, graceMs: 60_000, bucket, readCluster, now: () => noon, ...changes };
    return publish(context, command);
  }

  const drop = (...kids: string[]): Command => ({ drop: kids, undrop: [] });
  const unreachable = async (): Promise<never> => {
    throw new CwiiError('cluster-unreachable', 'no connection');
  };
  const kidsServed = (): string[] => {
    const { keys } = JSON.parse(bucket.bodyOf(jwksKey) ?? '{"keys":[]}');
    return keys.map(({ kid }: PublicKey) => kid);
  };
  const codes = ({ warnings }: Publication) => warnings.map(({ code }) => code);

  it('writes the state first, then the keys, and the discovery document last', async () => {
    expect((await run([a])).written).toEqual([stateKey, jwksKey, discoveryKey]);
    expect(bucket.writes).toEqual([stateKey, jwksKey, discoveryKey]);
  });

  it('writes nothing if nothing changed', async () => {
    await run([a, b]);
    bucket.writes.length = 0;
    expect(await run([b, a], { now: () => noon + 1 })).toMatchObject({ written: [], changes: [], warnings: [] });
    expect(bucket.writes).toEqual([]);
  });

  it('does not write the discovery document if only the keys changed', async () => {
    await run([a]);
    expect((await run([a, b])).written).toEqual([stateKey, jwksKey]);
  });

  it.each([jwksKey, discoveryKey])('writes %s again if it was deleted', async (key) => {
    await run([a]);
    bucket.remove(key);
    expect((await run([a])).written).toEqual([key]);
  });

  it.each([
    ['content type', { contentType: 'binary/octet-stream' }],
    ['cache control', { cacheControl: 'max-age=86400' }],
  ])('writes a document again if it has another %s, as after an upload by hand', async (_, header) => {
    await run([a]);
    const { body, contentType = '', cacheControl = '' } = (await bucket.read(discoveryKey)) ?? { body: '' };
    bucket.put(discoveryKey, { body, contentType, cacheControl, ...header });
    expect((await run([a])).written).toEqual([discoveryKey]);
  });

  it('removes a foreign key from the key set, and warns that somebody else can write there', async () => {
    await run([a]);
    bucket.put(jwksKey, keySetOf(issuer, [a, c]));
    const publication = await run([a]);
    expect(kidsServed()).toEqual(['a']);
    expect(publication.warnings).toEqual([
      { code: 'key-set-changed-by-others', message: expect.stringContaining(`s3://memory/${jwksKey}`) },
    ]);
  });

  describe('without a stored state', () => {
    it('serves keys that were published by hand for the grace period', async () => {
      bucket.put(jwksKey, keySetOf(issuer, [b, c]));
      const publication = await run([a, b]);
      expect(kidsServed()).toEqual(['a', 'b', 'c']);
      expect(codes(publication)).toContain('state-missing');
      await run([a, b], { now: () => noon + 60_000 });
      expect(kidsServed()).toEqual(['a', 'b']);
    });

    it('overwrites an invalid key set', async () => {
      bucket.put(jwksKey, { body: '<html>', contentType: 'text/html', cacheControl: '' });
      expect((await run([a])).warnings).toContainEqual(
        expect.objectContaining({ code: 'state-missing', message: expect.stringContaining('was unreadable') }),
      );
      expect(kidsServed()).toEqual(['a']);
    });
  });

  it('notes a key that a cloud does not accept, without a warning', async () => {
    const { warnings, notes } = await run([a]);
    expect(warnings).toEqual([]);
    expect(notes).toEqual([expect.objectContaining({ code: 'key-not-for-all-clouds' })]);
  });

  describe('that fails', () => {
    beforeEach(async () => {
      await run([a, b]);
      bucket.writes.length = 0;
    });

    it.each<[string, Partial<PublishContext>, string]>([
      ['because the cluster cannot be read', { readCluster: unreachable }, 'cluster-unreachable'],
      [
        'because the cluster has another issuer',
        { readCluster: async () => ({ discovery: discoveryDocument({ issuer: `${issuer}/` }), jwks: keySet(a) }) },
        'issuer-mismatch',
      ],
      [
        'because the cluster has no key',
        { readCluster: async () => ({ discovery: discoveryDocument(), jwks: keySet() }) },
        'issuer-keys-invalid',
      ],
      [
        'because one key of several is invalid',
        { readCluster: async () => ({ discovery: discoveryDocument(), jwks: keySet(a, { ...c, use: 'enc' }) }) },
        'issuer-keys-invalid',
      ],
      [
        'because the key set is incomplete',
        { readCluster: async () => ({ discovery: discoveryDocument(), jwks: keySet(a).slice(0, -9) }) },
        'issuer-document-unreadable',
      ],
    ])('%s writes nothing', async (_, changes, code) => {
      await expect(run([], changes)).rejects.toMatchObject({ code });
      expect(bucket.writes).toEqual([]);
      expect(kidsServed()).toEqual(['a', 'b']);
    });

    it('because its state is unreadable writes nothing', async () => {
      bucket.put(stateKey, { body: '{}', contentType: '', cacheControl: '' });
      bucket.writes.length = 0;
      await expect(run([c])).rejects.toMatchObject({ code: 'issuer-state-unreadable' });
      expect(bucket.writes).toEqual([]);
    });

    it('between the state and the keys is completed by the next one, without losing a drop', async () => {
      const broken = new CwiiError('bucket-unavailable', 'S3 is down');
      bucket.beforeWrite(jwksKey, () => {
        throw broken;
      });
      await expect(run([a, b], {}, drop('a'))).rejects.toBe(broken);
      expect(kidsServed()).toEqual(['a', 'b']);
      await run([a, b]);
      expect(kidsServed()).toEqual(['b']);
    });

    it('on its first write of keys has not published a discovery document', async () => {
      bucket = new MemoryBucket();
      bucket.beforeWrite(jwksKey, () => {
        throw new CwiiError('bucket-unavailable', 'S3 is down');
      });
      await expect(run([a])).rejects.toMatchObject({ code: 'bucket-unavailable' });
      expect(bucket.bodyOf(discoveryKey)).toBeUndefined();
    });
  });

  describe('with a command', () => {
    it('drops a key even if the cluster cannot be read, with a warning', async () => {
      await run([a, b]);
      const publication = await run([], { readCluster: unreachable }, drop('a'));
      expect(kidsServed()).toEqual(['b']);
      expect(publication.warnings).toContainEqual({
        code: 'cluster-unreadable',
        message:
          'the command was applied to the keys that the cluster published last, because the cluster could not be read: no connection',
      });
    });

    it.each([
      ['nothing was published before', () => undefined],
      ['only a key set by hand was published', () => bucket.put(jwksKey, keySetOf(issuer, [a, b]))],
    ])('fails if %s and the cluster cannot be read', async (_, prepare) => {
      prepare();
      bucket.writes.length = 0;
      await expect(run([], { readCluster: unreachable }, drop('a'))).rejects.toMatchObject({
        code: 'cluster-unreachable',
      });
      expect(bucket.writes).toEqual([]);
    });
  });

  describe('concurrent with another one', () => {
    it('has the same result', async () => {
      const [one, other] = await Promise.all([run([a, b]), run([a, b])]);
      expect([...one.written, ...other.written].sort()).toEqual([discoveryKey, jwksKey, stateKey].sort());
      expect(kidsServed()).toEqual(['a', 'b']);
    });

    it('that changed the state meanwhile continues from that state', async () => {
      await run([a, b]);
      bucket.beforeWrite(stateKey, () => run([a, b], {}, drop('a')));
      await run([a, b, c]);
      expect(kidsServed()).toEqual(['b', 'c']);
    });

    it('that dropped a key between the writes does not serve the key again', async () => {
      await run([a, b]);
      bucket.beforeWrite(jwksKey, () => run([a, b, c], {}, drop('a')));
      await run([a, b, c]);
      expect(kidsServed()).toEqual(['b', 'c']);
    });

    it('that dropped a key which was not served yet does not serve it', async () => {
      await run([a, b]);
      // The other run finds the key set correct, and does not write it.
      bucket.beforeWrite(jwksKey, () => run([a, b, c], {}, drop('c')));
      await run([a, b, c]);
      expect(kidsServed()).toEqual(['a', 'b']);
    });

    it('that conflicts every time fails with the name of the object', async () => {
      await run([a]);
      for (let time = 0; time < 10; time++) {
        bucket.beforeWrite(stateKey, () =>
          bucket.put(stateKey, { body: bucket.bodyOf(stateKey) ?? '', contentType: '', cacheControl: '' }),
        );
      }
      await expect(run([a, b])).rejects.toMatchObject({
        code: 'bucket-conflict',
        message: expect.stringContaining('s3://memory/state/test.json'),
      });
    });
  });
});
