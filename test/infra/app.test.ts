// Tests for the CDK app as a process: the stacks of a cluster file, and its error messages.

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
  it('creates a stack for each cluster of the file in CWII_FILE', () => {
    expect(app({ CWII_FILE: 'examples/cwii.yaml' })).toMatchObject({ status: 0 });
    const { artifacts } = JSON.parse(readFileSync(join(folder, 'out', 'manifest.json'), 'utf8'));
    expect(Object.keys(artifacts)).toEqual(expect.arrayContaining(['cwii-prod', 'cwii-edge']));
  });

  it('prefers the file in the CDK context', () => {
    const { status, stderr } = app({ CWII_FILE: 'examples/cwii.yaml', CDK_CONTEXT_JSON: '{"file":"no-such.yaml"}' });
    expect(status).toBe(1);
    expect(stderr).toMatch(/^cwii: no-such\.yaml does not exist; .+ \[cluster-file-missing\]$/m);
  });

  it('reports a problem in the file in one line, with position and code', () => {
    const file = join(folder, 'wrong.yaml');
    writeFileSync(file, 'clusters:\n  - name: Prod\n');
    const { status, stderr } = app({ CWII_FILE: file });
    expect(status).toBe(1);
    expect(stderr).toMatch(/^wrong\.yaml:2:11: clusters\[0\]\.name .+ \[cluster-file-invalid\]$/m);
    expect(stderr).not.toContain('    at ');
  });

  it('leaves a failing cluster out, and says so; with strict it fails', () => {
    const file = join(folder, 'one-fails.yaml');
    const valid = readFileSync('examples/cwii.yaml', 'utf8').replaceAll('edge-ca.crt', 'missing-ca.crt');
    writeFileSync(file, valid);
    const strict = JSON.stringify({ strict: 'true' });
    expect(app({ CWII_FILE: file, CDK_CONTEXT_JSON: strict }).status).toBe(1);
    const { status, stderr } = app({ CWII_FILE: file });
    expect(status).toBe(0);
    expect(stderr).toMatch(
      /^cwii: the cluster edge is left out:\none-fails\.yaml:\d+:\d+: clusters\[1\]\.api\.caFile names missing/m,
    );
    const { artifacts } = JSON.parse(readFileSync(join(folder, 'out', 'manifest.json'), 'utf8'));
    expect(Object.keys(artifacts)).toContain('cwii-prod');
    expect(Object.keys(artifacts)).not.toContain('cwii-edge');
  });

  it('is run by cdk.json with the Node.js of the project', () => {
    const { app: command } = JSON.parse(readFileSync('cdk.json', 'utf8'));
    expect(command).toBe('npx node infra/app.ts');
    expect(execFileSync('npx', ['node', '--version'], { encoding: 'utf8' })).toMatch(/^v24\./);
  });

  it('names the build command if the functions are not built', () => {
    expect(() => functionCode('webhook', folder)).toThrow(expect.objectContaining({ code: 'bundle-not-built' }));
  });
});
