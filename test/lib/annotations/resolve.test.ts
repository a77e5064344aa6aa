// Tests the precedence of scopes, which values are explicit, and the warnings about keys and booleans.

import { describe, expect, it } from 'vitest';
import { annotationKeys, type KeyName } from '../../../lib/annotations/keys.ts';
import { type Resolution, resolve } from '../../../lib/annotations/resolve.ts';
import type { Scope, ScopeKind } from '../../../lib/annotations/scope.ts';

const scope = (kind: ScopeKind, annotations: Record<string, string>): Scope => ({ kind, object: kind, annotations });
/** Every key that a scope sets, in the order of the table of keys. */
const explicitIn = (resolution: Resolution) =>
  (Object.keys(annotationKeys) as KeyName[]).map((key) => resolution.get(key)).filter((found) => found !== undefined);

describe('A key', () => {
  it('has the value of the most specific scope that sets it', () => {
    const kinds: ScopeKind[] = ['pod', 'owner', 'serviceaccount', 'namespace'];
    const scopes = kinds.map((kind) => scope(kind, { 'cwii.dev/aws-region': `of-${kind}` }));

    const winners = kinds.map((_, index) => resolve(scopes.slice(index)).get('cwii.dev/aws-region')?.value);

    expect(winners).toEqual(['of-pod', 'of-owner', 'of-serviceaccount', 'of-namespace']);
  });

  it('is resolved separately from other keys, with its provenance', () => {
    const pod = scope('pod', { 'cwii.dev/aws-region': ' eu-central-1 ' });
    const namespace = scope('namespace', { 'cwii.dev/aws-verify': 'TRUE', 'cwii.dev/aws-region': 'us-east-1' });

    const resolution = resolve([pod, namespace]);

    expect(explicitIn(resolution)).toEqual([
      { key: 'cwii.dev/aws-region', native: false, value: 'eu-central-1', raw: ' eu-central-1 ', source: pod },
      { key: 'cwii.dev/aws-verify', native: false, value: true, raw: 'TRUE', source: namespace },
    ]);
    expect(resolution.get('cwii.dev/aws-audience')).toBeUndefined();
  });

  it.each(['', ' ', '\t\n'])('with the value %j is not explicit and gives no warning', (empty) => {
    const scopes = [
      scope('pod', { 'cwii.dev/aws-region': empty, 'cwii.dev/aws-inject': empty }),
      scope('namespace', { 'cwii.dev/aws-region': 'us-east-1', 'cwii.dev/aws-inject': 'false' }),
    ];

    const resolution = resolve(scopes);

    expect(resolution.get('cwii.dev/aws-region')?.source.kind).toBe('namespace');
    expect(resolution.get('cwii.dev/aws-inject')?.source.kind).toBe('namespace');
    expect(resolution.findings).toEqual([]);
  });
});

describe('A boolean', () => {
  it.each([
    ['true', true],
    ['false', false],
    [' True\n', true],
    ['FALSE', false],
  ])('%j is read as %s', (raw, value) => {
    expect(resolve([scope('pod', { 'cwii.dev/aws-inject': raw })]).get('cwii.dev/aws-inject')?.value).toBe(value);
  });

  it('that is false on the pod overrides true on the namespace', () => {
    const scopes = [
      scope('pod', { 'cwii.dev/aws-inject': 'false' }),
      scope('namespace', { 'cwii.dev/aws-inject': 'true' }),
    ];

    expect(resolve(scopes).get('cwii.dev/aws-inject')?.value).toBe(false);
  });

  it.each(['yes', '1', 'truee', 'null'])('with the value %j is not explicit and gives a warning', (raw) => {
    const scopes = [
      scope('pod', { 'cwii.dev/aws-inject': raw }),
      scope('namespace', { 'cwii.dev/aws-inject': 'false' }),
    ];

    const resolution = resolve(scopes);

    expect(resolution.get('cwii.dev/aws-inject')).toMatchObject({ value: false, source: { kind: 'namespace' } });
    expect(resolution.findings).toMatchObject([
      { code: 'boolean-unreadable', severity: 'warn', key: 'cwii.dev/aws-inject', value: raw, scope: 'pod' },
    ]);
  });

  it('is not checked on a scope that does not count for it', () => {
    const scopes = [
      scope('pod', { 'cwii.dev/aws-inject': 'true' }),
      scope('namespace', { 'cwii.dev/aws-inject': '?' }),
    ];

    expect(resolve(scopes).findings).toEqual([]);
  });
});

describe('An unknown key', () => {
  it.each([
    ['cwii.dev/aws-role', 'cwii.dev/aws-role-arn'],
    ['cwii.dev/aws-rolearn', 'cwii.dev/aws-role-arn'],
    ['cwii.dev/AWS-Inject', 'cwii.dev/aws-inject'],
    ['cwii.dev/aws-verify-enforced', 'cwii.dev/aws-verify-enforce'],
  ])('%s gives a warning that suggests %s', (typed, nearest) => {
    expect(resolve([scope('namespace', { [typed]: 'x' })]).findings).toMatchObject([
      {
        code: 'annotation-unknown',
        severity: 'warn',
        key: typed,
        scope: 'namespace',
        message: expect.stringContaining(`did you mean ${nearest}?`),
      },
    ]);
  });

  it.each([
    ['cwii.dev/az-clientid', 'cwii.dev/az-client-id'],
    ['cwii.dev/gcp-serviceaccount', 'cwii.dev/gcp-service-account'],
    ['cwii.dev/skip-container', 'cwii.dev/skip-containers'],
  ])('such as %s gives a suggestion for any cloud: %s', (typed, nearest) => {
    expect(resolve([scope('pod', { [typed]: 'x' })]).findings[0]?.message).toContain(`did you mean ${nearest}?`);
  });

  it('without a similar key gives a warning with the list of keys', () => {
    const { message } = resolve([scope('pod', { 'cwii.dev/completely-different-thing': 'x' })]).findings[0] ?? {};

    expect(message).toContain('docs/annotations.md');
    expect(message).not.toContain('did you mean');
  });

  it('is compared with the known keys only 16 times for a pod', () => {
    const typed = Array.from({ length: 20_000 }, (_, index) => [`cwii.dev/aws-regio${index}`, '']);

    const { findings } = resolve([scope('pod', Object.fromEntries(typed))]);

    const answered = findings.filter(({ message }) => message.includes('did you mean cwii.dev/aws-region?'));
    expect(findings).toHaveLength(20_000);
    expect(answered).toEqual(findings.slice(0, 16));
  });

  it.each([
    ['cwi.dev/aws-role-arn', 'cwii.dev/aws-role-arn'],
    ['cwii.io/aws-role-arn', 'cwii.dev/aws-role-arn'],
    ['cwii.de/aws-regoin', 'cwii.dev/aws-region'],
    ['cwiii.dev/az-client-id', 'cwii.dev/az-client-id'],
    ['ciwi.dev/gcp-inject', 'cwii.dev/gcp-inject'],
    ['cwii/aws-role-arn', 'cwii.dev/aws-role-arn'],
    ['cwii.dev.example.com/aws-role-arn', 'cwii.dev/aws-role-arn'],
  ])('with a misspelt prefix is told the right one: %s', (key, meant) => {
    const { findings } = resolve([scope('pod', { [key]: 'x' })]);

    expect(findings).toMatchObject([
      { code: 'prefix-unknown', key, message: expect.stringContaining(`(did you mean ${meant}?)`) },
    ]);
  });

  it.each(['wiki.dev/page', 'cwiilabs.com/x', 'dev/x', 'eks.amazonaws.com/role-arn', 'cw.io/x'])(
    'with the prefix of another product is not: %s',
    (key) => {
      expect(resolve([scope('pod', { [key]: 'x' })]).findings).toEqual([]);
    },
  );

  it('that is the label of namespaces is told to be one', () => {
    const { findings } = resolve([scope('namespace', { 'cwii.dev/inject': 'enabled' })]);

    expect(findings).toMatchObject([{ code: 'inject-is-a-label', severity: 'warn' }]);
  });

  it.each([{ key: 'cwii.dev/toString' }, { key: 'cwii.dev/__proto__' }, { key: `cwii.dev/${'x'.repeat(100_000)}` }])(
    'has no value: $key',
    ({ key }) => {
      const resolution = resolve([scope('pod', { [key]: 'true' })]);

      expect(explicitIn(resolution)).toEqual([]);
      expect(resolution.findings).toHaveLength(1);
    },
  );

  it.each([
    'cwii.dev/injected',
    'cwii.dev/gcp-credentials',
    'cwii.dev',
    'example.com/aws-role-arn',
    'xcwii.dev/aws-role',
  ])('gives no warning if cwii writes it or it has another prefix: %s', (key) => {
    expect(resolve([scope('pod', { [key]: 'true' })]).findings).toEqual([]);
  });
});
