// Tests for a file with many clusters: independent stacks, shared assets, and a cluster that fails alone.

import { readdirSync } from 'node:fs';
import { App } from 'aws-cdk-lib';
import { beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { readFleet } from '../../cluster-file/cluster-file.ts';
import { addFleet } from '../../infra/fleet.ts';
import { folderOf } from '../cli/command.ts';
import { minimal } from '../cluster-file/entries.ts';
import type { Json } from './synth.ts';

const regions = ['eu-central-1', 'us-east-1', 'ap-southeast-2'];

/** An entry with a hosted issuer, a secret in every second one, and roles. */
function entry(index: number): object {
  const name = `c${String(index).padStart(2, '0')}`;
  return minimal({
    name,
    account: String(111_111_111_111 + (index % 3)),
    region: regions[index % 3],
    api: { url: `https://api.${name}.example.com:6443` },
    issuer: `https://d${name}11111abcdef8.cloudfront.net/${name}`,
    issuerHosting: {},
    ...(index % 2 === 1 && { credential: { secret: {} } }),
    workloadRoles: [{ name: `${name}-checkout`, namespace: 'shop', serviceAccount: 'checkout' }],
  });
}

const thirty = Array.from({ length: 30 }, (_, index) => entry(index));

async function synthesize(clusters: readonly object[], changes: object = {}) {
  await using folder = await folderOf({ 'cwii.yaml': stringify({ ...changes, clusters }) });
  const app = new App();
  const failed = addFleet(app, readFleet(`${folder.path}/cwii.yaml`));
  return { failed, assembly: app.synth() };
}

describe('a file with thirty clusters', () => {
  let result: Awaited<ReturnType<typeof synthesize>>;
  beforeAll(async () => {
    result = await synthesize(thirty, { dashboard: { account: '111111111111', region: 'eu-central-1' } });
  });

  it('has a stack for each of them, and one for the dashboard', () => {
    expect(result.failed).toEqual([]);
    expect(result.assembly.stacks.map(({ stackName }) => stackName)).toEqual([
      ...thirty.map((_, index) => `cwii-c${String(index).padStart(2, '0')}`),
      'cwii-fleet',
    ]);
  });

  it('has stacks that do not refer to each other, so that each can be deployed alone', () => {
    for (const stack of result.assembly.stacks) {
      expect(stack.dependencies.filter(({ manifest: { type } }) => type === 'aws:cloudformation:stack')).toEqual([]);
      const text = JSON.stringify(stack.template);
      expect(text).not.toContain('Fn::ImportValue');
      expect(Object.values<Json>(stack.template.Outputs ?? {}).filter(({ Export }) => Export)).toEqual([]);
    }
  });

  it('has the code of each function once', () => {
    const assets = readdirSync(result.assembly.directory).filter((name) => name.startsWith('asset.'));
    const functions = result.assembly.stacks.flatMap(({ template }) =>
      Object.values<Json>(template.Resources).filter(({ Type }) => Type === 'AWS::Lambda::Function'),
    );

    expect(functions).toHaveLength(30 * 2 + 15);
    expect(assets).toHaveLength(3);
  });

  it('shows every cluster in the graphs of the dashboard, with its account and region', () => {
    const { template } = result.assembly.getStackByName('cwii-fleet');
    const [{ Properties }] = Object.values<Json>(template.Resources) as [Json];
    const body = JSON.parse(
      typeof Properties.DashboardBody === 'string'
        ? Properties.DashboardBody
        : Properties.DashboardBody['Fn::Join'][1].map((part: Json) => (typeof part === 'string' ? part : 'x')).join(''),
    );
    const graphs = body.widgets.filter(({ type }: Json) => type === 'metric');
    const lines = (title: string) => graphs.find((one: Json) => one.properties.title === title).properties.metrics;

    expect(graphs).toHaveLength(10);
    expect(lines('Failed calls')).toHaveLength(30);
    expect(lines("Age of the cluster's token, part of its lifetime")).toHaveLength(15);
    expect(lines('Failed calls')[1]).toEqual([
      ...['cwii', 'Errors', 'cluster', 'c01', 'service', 'webhook'],
      expect.objectContaining({ label: 'c01', stat: 'Sum', region: 'us-east-1', accountId: '111111111112' }),
    ]);
  });
});

describe('one cluster that fails', () => {
  const good = [entry(0), entry(2)];

  it.each([
    ['has a wrong CA', { api: { url: 'https://api.example.com', ca: 'nonsense' } }, 'clusters[1].api.ca'],
    ['has an unknown key', { isuer: 'https://oidc.example.com' }, 'clusters[1].isuer is an unknown key'],
    [
      'has an unreachable API server',
      { api: { url: 'https://127.0.0.1:6443' } },
      'clusters[1].api.url is https://127.0.0.1',
    ],
    [
      'has a value of an earlier cluster',
      { credential: { webIdentity: { issuer: 'https://1.example.com', audience: 'cwii:c00' } } },
      'clusters[1].credential.webIdentity.audience',
    ],
    [
      'has too much configuration for Lambda',
      { guardRails: { audiences: Array.from({ length: 300 }, (_, index) => `audience-number-${index}`) } },
      'takes',
    ],
  ])('because it %s is named, and the others are synthesized', async (_, changes, message) => {
    const bad = { ...entry(1), issuerHosting: undefined, ...changes };
    const { failed, assembly } = await synthesize([good[0] ?? {}, bad, good[1] ?? {}], { dashboard: {} });

    expect(failed).toEqual([
      { name: 'c01', error: expect.objectContaining({ message: expect.stringContaining(message) }) },
    ]);
    // A stack with a part of its resources would delete the others.
    expect(assembly.stacks.map(({ stackName }) => stackName)).toEqual(['cwii-c00', 'cwii-c02', 'cwii-fleet']);
    expect(JSON.stringify(assembly.getStackByName('cwii-fleet').template)).not.toContain('c01');
  });

  it('does not hide a problem of the whole file', async () => {
    await expect(synthesize([{ ...entry(0), name: 7 }], { dashbord: {} })).rejects.toThrow(
      /^cwii\.yaml:1:1: dashbord is an unknown key/,
    );
  });

  it('can be a cluster whose stack would have the name of the dashboard', async () => {
    const { failed } = await synthesize([{ ...entry(1), name: 'fleet' }, entry(2)], { dashboard: {} });

    expect(failed).toEqual([
      {
        name: 'fleet',
        error: expect.objectContaining({
          message: expect.stringContaining('the stack cwii-fleet, which dashboard uses'),
        }),
      },
    ]);
  });
});

describe('a file whose clusters all fail', () => {
  it('has no dashboard either', async () => {
    const bad = minimal({ name: 'bad', api: { url: 'https://127.0.0.1:6443' } });
    const { failed, assembly } = await synthesize([bad], {
      dashboard: { account: '111111111111', region: 'eu-central-1' },
    });

    expect(failed.map(({ name }) => name)).toEqual(['bad']);
    expect(assembly.stacks).toEqual([]);
  });
});

it('a defect is not taken for a problem of one cluster', async () => {
  await using folder = await folderOf({ 'cwii.yaml': stringify({ clusters: [entry(0)] }) });
  const fleet = readFleet(`${folder.path}/cwii.yaml`);
  const twice = { ...fleet, clusters: [...fleet.clusters, ...fleet.clusters] };

  expect(() => addFleet(new App(), twice)).toThrow('There is already a Construct with name');
});
