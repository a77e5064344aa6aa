// `cwii check` with a wrong publication of the issuer: documents, host, certificate and clock.

import { generateKeyPairSync } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestAuthority, type ServerCertificate } from '../../../testing/certificates.ts';
import { certificateOfAnotherHost } from '../../fakes/odd-certificates.ts';
import { NEW_ISSUER } from '../manifests-in-use.ts';
import { type HealthyCluster, problemsIn, startHealthyCluster } from './healthy-cluster.ts';
import type { ServedDocument } from './issuer-stand-in.ts';

const discovery = `${NEW_ISSUER}/.well-known/openid-configuration`;
const jwks = `${NEW_ISSUER}/openid/v1/jwks`;
const pathOf = (url: string) => new URL(url).pathname;

let healthy: HealthyCluster;
let certificate: ServerCertificate;
beforeAll(async () => {
  healthy = await startHealthyCluster();
  certificate = await healthy.authority.issue([healthy.issuer.host]);
});
afterAll(() => healthy?.stop());

type Json = Record<string, unknown>;
const parse = (document: ServedDocument | undefined) => JSON.parse(document?.body ?? '') as Json;

interface Fault {
  readonly what: string;
  /** The document that is changed. */
  readonly url: string;
  readonly change: (document: ServedDocument) => ServedDocument;
  readonly problems: readonly RegExp[];
}

/** The document with other fields; undefined removes one. */
const withFields = (fields: Json) => (document: ServedDocument) => ({
  ...document,
  body: JSON.stringify({ ...parse(document), ...fields }),
});
const withHeaders = (headers: Record<string, string>) => (document: ServedDocument) => ({
  ...document,
  headers: { ...document.headers, ...headers },
});

const otherKey = generateKeyPairSync('rsa', { modulusLength: 2048 });

const faults: readonly Fault[] = [
  {
    what: 'is missing',
    url: discovery,
    change: () => ({ status: 403, headers: {}, body: '' }),
    problems: [/^failed issuer-discovery: https:\S+openid-configuration answers 403$/],
  },
  {
    what: 'is a redirect',
    url: discovery,
    change: () => ({ status: 301, headers: { location: 'https://www.example.com/oidc' }, body: '' }),
    problems: [/^failed issuer-discovery: \S+ redirects to https:\/\/www\.example\.com\/oidc \(301\)/],
  },
  {
    what: 'is a page of HTML',
    url: discovery,
    change: () => ({ headers: { 'content-type': 'text/html' }, body: '<html>' }),
    problems: [/^failed issuer-discovery: \S+ is not a discovery document$/],
  },
  {
    what: 'has another content type',
    url: discovery,
    change: withHeaders({ 'content-type': 'binary/octet-stream' }),
    problems: [/^warning issuer-content-type: .* "binary\/octet-stream", not application\/json/],
  },
  {
    what: 'has an issuer with a slash at the end',
    url: discovery,
    change: withFields({ issuer: `${NEW_ISSUER}/` }),
    problems: [/^failed issuer-document: .*They differ only in the slash at the end\.$/],
  },
  {
    what: 'has no algorithms',
    url: discovery,
    change: withFields({ id_token_signing_alg_values_supported: undefined }),
    problems: [/^failed issuer-document: .* has no id_token_signing_alg_values_supported$/],
  },
  {
    what: 'has other algorithms',
    url: discovery,
    change: withFields({ id_token_signing_alg_values_supported: ['ES256'] }),
    problems: [/^failed issuer-signing-key: .* has ES256, but the API server signs with RS256$/],
  },
  {
    what: 'has a jwks_uri with a port',
    url: discovery,
    change: withFields({ jwks_uri: jwks.replace('.com/', '.com:8443/') }),
    problems: [/^failed issuer-jwks-uri: the jwks_uri is "https:\S+:8443\S+", which has a port/],
  },
  {
    what: "has the API server's own jwks_uri",
    url: discovery,
    change: withFields({ jwks_uri: 'https://10.0.0.1/openid/v1/jwks' }),
    problems: [/^failed issuer-jwks-uri: no cloud can reach the jwks_uri https:\/\/10\.0\.0\.1/],
  },
  {
    what: 'is not there',
    url: jwks,
    change: () => ({ status: 404, headers: {}, body: '' }),
    problems: [/^failed issuer-jwks: \S+ answers 404$/],
  },
  {
    what: 'is empty',
    url: jwks,
    change: withFields({ keys: [] }),
    problems: [/^failed issuer-jwks: the published key set has no key$/],
  },
  {
    what: 'has a private key',
    url: jwks,
    change: withFields({ keys: [{ ...otherKey.privateKey.export({ format: 'jwk' }), kid: 'leaked', use: 'sig' }] }),
    problems: [/^failed issuer-jwks: the published key "leaked" has private members \(d, p, q/],
  },
  {
    what: 'has only another key',
    url: jwks,
    change: withFields({ keys: [{ ...otherKey.publicKey.export({ format: 'jwk' }), kid: 'old', use: 'sig' }] }),
    problems: [
      /^failed issuer-signing-key: the API server signs with \S+, which is not published: .* Published are old$/,
    ],
  },
  {
    what: 'has another key with the ID of the signing key',
    url: jwks,
    change: (document) => {
      const [{ kid = '' } = {}] = (parse(document) as { keys: { kid: string }[] }).keys;
      const keys = [{ ...otherKey.publicKey.export({ format: 'jwk' }), kid, use: 'sig' }];
      return withFields({ keys })(document);
    },
    problems: [/^failed issuer-signing-key: the published key \S+ does not verify the API server's tokens$/],
  },
  {
    what: 'comes from a host whose clock is an hour late',
    url: discovery,
    change: (document) => withHeaders({ date: new Date(Date.now() - 3_600_000).toUTCString() })(document),
    problems: [/^failed issuer-clock: the API server's clock is 60 min ahead of .*not yet valid$/],
  },
  {
    what: 'comes from a host whose clock is ten seconds early',
    url: discovery,
    change: (document) => withHeaders({ date: new Date(Date.now() + 20_000).toUTCString() })(document),
    problems: [/^warning issuer-clock: the API server's clock is \d+ s behind that of the issuer's host$/],
  },
];

const named = faults.map((fault) => ({
  ...fault,
  name: fault.url === jwks ? 'the key set' : 'the discovery document',
}));

describe('a published document', () => {
  it.each(named)('$name $what', async ({ url, change, problems }) => {
    const path = pathOf(url);
    const before = healthy.issuer.documents.get(path);
    if (!before) throw new Error(`${path} is not published`);
    healthy.issuer.documents.set(path, change(before));
    try {
      const report = await healthy.report();

      expect(problemsIn(report)).toEqual(problems.map((pattern) => expect.stringMatching(pattern)));
      expect(report.success).toBe(!problems.some(({ source }) => source.startsWith('^failed')));
    } finally {
      healthy.issuer.documents.set(path, before);
    }
  });

  it('is accepted from a cache, whose Date is that of an hour ago', async () => {
    const path = pathOf(discovery);
    const before = healthy.issuer.documents.get(path) as ServedDocument;
    const date = new Date(Date.now() - 3_600_000).toUTCString();
    healthy.issuer.documents.set(path, withHeaders({ date, age: '3600' })(before));

    expect(problemsIn(await healthy.report())).toEqual([]);
    healthy.issuer.documents.set(path, before);
  });

  it('has two faults, and both are told', async () => {
    const path = pathOf(discovery);
    const before = healthy.issuer.documents.get(path) as ServedDocument;
    healthy.issuer.documents.set(path, withFields({ issuer: 'https://x.example.com', jwks_uri: 'http://x' })(before));

    expect(problemsIn(await healthy.report()).map((line) => line.split(':')[0])).toEqual([
      'failed issuer-document',
      'failed issuer-jwks-uri',
    ]);
    healthy.issuer.documents.set(path, before);
  });
});

describe('the certificate of the host', () => {
  it.each([
    {
      what: 'is of a private authority',
      make: async () => (await createTestAuthority()).issue([healthy.issuer.host]),
      cause: /issuer-certificate: https:\S+: unable to (verify|get)/,
    },
    { what: 'is for another host', make: certificateOfAnotherHost, cause: /issuer-certificate: https:\S+: / },
    {
      what: 'has expired',
      make: () => healthy.authority.issue([healthy.issuer.host], { from: -10, to: -1 }),
      cause: /issuer-certificate: https:\S+: certificate has expired$/,
    },
    {
      what: 'expires soon',
      make: () => healthy.authority.issue([healthy.issuer.host], { from: -10, to: 2.5 }),
      cause: /^warning issuer-certificate: the certificate expires in 2 days$/,
    },
  ])('$what', async ({ make, cause }) => {
    healthy.issuer.present(await make());
    const problems = problemsIn(await healthy.report());
    healthy.issuer.present(certificate);

    expect(problems).toEqual([expect.stringMatching(cause)]);
  });
});

describe('the host', () => {
  it('is dead', async () => {
    const closed = ['--cloud-endpoint', `${healthy.issuer.host}=127.0.0.1:1`];
    const { status, stdout } = await healthy.check(...closed);

    expect(problemsIn(await healthy.report(...closed))).toEqual([
      expect.stringMatching(/^failed issuer-reachable: https:\S+: connect ECONNREFUSED 127\.0\.0\.1:1$/),
    ]);
    expect(stdout).toContain(' [issuer-reachable]\n    → ');
    expect(stdout).toMatch(/\n\? \d+ checks not made: they need issuer-reachable\n/);
    expect(status).toBe(1);
  });

  it('is not called with --no-network', async () => {
    const report = await healthy.report('--only', 'issuer', '--no-network');
    const skipped = report.categories.flatMap(({ checks }) => checks).filter(({ result }) => result === 'skipped');

    expect(problemsIn(report)).toEqual([]);
    expect(skipped.map(({ code }) => code)).toContain('issuer-reachable');
  });
});
