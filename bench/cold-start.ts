// Measures a cold start, from the start of the process to the first answer.

import type { BenchCluster } from './cluster.ts';
import { admissionEvent } from './event.ts';
import { bundle, callerEnv } from './function.ts';
import { atMost, type Row, ratio, row, summarize } from './row.ts';
import { program, runProgram, scratchFolder } from './run-program.ts';

interface Start {
  readonly importMs: number;
  readonly answerMs: number;
}

export async function measureColdStart({ pod, paths, near }: BenchCluster, starts: number): Promise<Row[]> {
  using folder = scratchFolder();
  const event = folder.write('event.json', JSON.stringify(admissionEvent(pod)));
  const env = { ...callerEnv, ...near.env, BENCH_TOKEN: near.token, BENCH_PATHS: paths.join(',') };
  const start = (module: string, variables: Record<string, string> = env) =>
    runProgram<Start>([program('start.ts'), module, event], variables);
  const empty: Start[] = [];
  const cwii: Start[] = [];
  const onLambda: Start[] = [];
  const alone: Start[] = [];
  for (let count = 0; count < starts; count++) {
    empty.push(start(program('empty-handler.mjs')));
    cwii.push(start(bundle));
    // Without a cluster: with one, the import also starts to connect.
    alone.push(start(bundle, callerEnv));
    onLambda.push(start(bundle, { ...env, AWS_LAMBDA_FUNCTION_NAME: 'cwii', CWII_CLUSTER_NAME: 'bench' }));
  }
  const of = (results: readonly Start[], figure: keyof Start) => summarize(results.map((result) => result[figure]));
  const imports = { empty: of(empty, 'importMs'), cwii: of(alone, 'importMs') };
  const answers = { empty: of(empty, 'answerMs'), cwii: of(cwii, 'answerMs'), onLambda: of(onLambda, 'answerMs') };
  return [
    row('cold: an empty handler, four reads by hand', answers.empty),
    row('cold: process start, import, first answer', answers.cwii, [
      ratio('the empty handler', answers.cwii.p50, answers.empty.p50, 1.5),
    ]),
    row('cold: the same with metrics, as on Lambda', answers.onLambda),
    row('import: an empty handler', imports.empty),
    row('import: the bundle', imports.cwii, [
      atMost('above the empty handler', imports.cwii.p50 - imports.empty.p50, 10),
    ]),
  ];
}
