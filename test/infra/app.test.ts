// The app as `cdk` runs it: stacks of the file that is named, or one sentence about what is wrong with it.

import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { functionCode } from '../../infra/function-bundle.ts';

const folder = mkdtempSync(join(tmpdir(), 'cwii-app-'));
afterAll(() => rmSync(folder, { recursive: true }));

function app(env: Record<string, string>) {
  const options = { env: { ...process.env, CDK_OUTDIR: join(folder, 'out'), ...env }, encoding: 'utf8' } as const;
  return spawnSync(process.execPath, ['infra/app.ts'], options);
}

describe('the app', () => {
  it('makes a stack for each cluster of the file in CWII_FILE', () => {
    expect(app({ CWII_FILE: 'examples/cwii.yaml' })).toMatchObject({ status: 0 });
    const { artifacts } = JSON.parse(readFileSync(join(folder, 'out', 'manifest.json'), 'utf8'));
    expect(Object.keys(artifacts)).toEqual(expect.arrayContaining(['cwii-prod', 'cwii-edge']));
  });

  it('takes the file that the context names before that', () => {
    const { status, stderr } = app({ CWII_FILE: 'examples/cwii.yaml', CDK_CONTEXT_JSON: '{"file":"no-such.yaml"}' });
    expect(status).toBe(1);
    expect(stderr).toContain('no-such.yaml does not exist');
  });

  it('says in one line, with its place, what is wrong with the file', () => {
    const file = join(folder, 'wrong.yaml');
    writeFileSync(file, 'clusters:\n  - name: Prod\n');
    const { status, stderr } = app({ CWII_FILE: file });
    expect(status).toBe(1);
    expect(stderr).toMatch(/^(cwii: )?wrong\.yaml:2:11: clusters\[0\]\.name /m);
    expect(stderr).not.toContain('    at ');
  });

  it('is what cdk.json runs, by the Node.js of the project', () => {
    const { app: command } = JSON.parse(readFileSync('cdk.json', 'utf8'));
    expect(command).toBe('npx node infra/app.ts');
    expect(execFileSync('npx', ['node', '--version'], { encoding: 'utf8' })).toMatch(/^v24\./);
  });

  it('says how to build the functions where they are not built', () => {
    expect(() => functionCode('webhook', folder)).toThrow(expect.objectContaining({ code: 'bundle-not-built' }));
  });
});
