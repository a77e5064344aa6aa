// Measures what each credential costs a cold start, with a server in place of AWS on loopback.

import type { BenchCluster } from './cluster.ts';
import { admissionEvent } from './event.ts';
import { bundle, callerEnv } from './function.ts';
import { type Row, ratio, row, type Sample, summarize } from './row.ts';
import { program, runProgram, scratchFolder, startTokenServer } from './run-program.ts';

const secretArn = 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:bench-AbCdEf';
const byName = {
  file: undefined,
  eks: 'eks:bench',
  secret: `secret:${secretArn}`,
  'web identity': 'web-identity:cwii:bench',
} as const;

export async function measureCredentials({ pod, paths, near }: BenchCluster, rounds: number): Promise<Row[]> {
  using folder = scratchFolder();
  await using server = await startTokenServer(near.token);
  const aws = {
    AWS_ENDPOINT_URL: server.answer,
    AWS_REGION: 'eu-central-1',
    AWS_ACCESS_KEY_ID: 'ASIABENCH',
    AWS_SECRET_ACCESS_KEY: 'bench',
    AWS_SESSION_TOKEN: 'bench',
  };
  const event = folder.write('event.json', JSON.stringify(admissionEvent(pod)));
  const envOf = (credential: string | undefined) => ({
    ...{ ...callerEnv, ...near.env, ...aws, BENCH_TOKEN: near.token, BENCH_PATHS: paths.join(',') },
    ...(credential !== undefined && { CWII_KUBE_CREDENTIAL: credential }),
  });
  const cpu = new Map<string, number[]>();
  const answers = { byHand: [] as number[], cwii: [] as number[] };
  // In turns, so that a noisy machine affects all of them.
  for (let round = 0; round < rounds; round += 1) {
    for (const [name, credential] of Object.entries(byName)) {
      const { cpuMs } = runProgram<{ cpuMs: number }>([program('ready.ts'), bundle], envOf(credential));
      cpu.set(name, [...(cpu.get(name) ?? []), cpuMs]);
    }
    const answer = (module: string) =>
      runProgram<{ answerMs: number }>([program('start.ts'), module, event], envOf(byName['web identity'])).answerMs;
    answers.byHand.push(answer(program('exchange-handler.mjs')));
    answers.cwii.push(answer(bundle));
  }
  const [byHand, cwii] = [summarize(answers.byHand), summarize(answers.cwii)];
  const of = (name: string): Sample => summarize(cpu.get(name) ?? []);
  return [
    row('CPU until ready: credential file', of('file')),
    row('CPU until ready: credential eks', of('eks')),
    ...(['secret', 'web identity'] as const).map((name) =>
      row(`CPU until ready: credential ${name}`, of(name), [ratio('eks', of(name).p50, of('eks').p50, 1.25)]),
    ),
    row('cold: an empty handler, exchange and reads by hand', byHand),
    row('cold: with web identity, import to first answer', cwii, [ratio('the empty handler', cwii.p50, byHand.p50, 2)]),
  ];
}
