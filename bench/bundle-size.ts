// Measures the eager part of the bundle, which every cold start reads and compiles.

import { readFileSync } from 'node:fs';
import { packageFile } from '../lib/common/package-root.ts';
import { atMost, type Row } from './row.ts';

interface Output {
  readonly bytes: number;
  readonly imports: readonly { readonly path: string; readonly kind: string; readonly external?: boolean }[];
}

export function measureSize(): Row[] {
  const metafile = readFileSync(packageFile('dist', 'webhook', 'metafile.json'), 'utf8');
  const { outputs }: { outputs: Record<string, Output> } = JSON.parse(metafile);
  const eager = new Set<string>();
  const load = (path: string) => {
    if (eager.has(path)) return;
    eager.add(path);
    for (const imported of outputs[path]?.imports ?? [])
      if (!imported.external && imported.kind === 'import-statement') load(imported.path);
  };
  load('dist/webhook/index.mjs');
  const kilobytes = [...eager].reduce((sum, path) => sum + (outputs[path]?.bytes ?? 0), 0) / 1024;
  const goals = [atMost('', kilobytes, 120, 'KB')];
  return [{ work: 'bundle: eager part, minified', figure: kilobytes, unit: 'KB', goals }];
}
