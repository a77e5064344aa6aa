// Measures uncached admissions, which should take one round trip to the cluster at any distance.

import { getOnce, getOverNewConnection, keptConnection } from './by-hand.ts';
import type { BenchCluster } from './cluster.ts';
import { admit, loadHandler, quietly } from './function.ts';
import { byTurns, type Row, ratio, row, summarize, time } from './row.ts';

const AWAY_MS = 20;
const DISTANCES_MS = [0, 5, 10, 20, 40, 80];

export async function measureDistance(cluster: BenchCluster, rounds: number): Promise<Row[]> {
  const { pod, near } = cluster;
  const away = await cluster.at(AWAY_MS);
  const uncached = { CWII_CACHE_SECONDS: '0' };
  const nearby = admit(await loadHandler({ ...near.env, ...uncached }), pod);
  const distant = admit(await loadHandler({ ...away.env, ...uncached }), pod);
  const [namespace = ''] = cluster.paths;
  const agent = keptConnection(away);
  const { one, far, local } = await quietly(() =>
    byTurns(3, rounds, { one: () => getOnce(away, namespace, agent), far: distant, local: nearby }),
  );
  agent.destroy();

  const cold: number[] = [];
  const byHand: number[] = [];
  for (let round = 0; round < Math.max(10, rounds / 3); round++) {
    byHand.push(...(await time(1, () => getOverNewConnection(away, namespace))));
    await away.link.cut();
    await away.link.restore();
    cold.push(...(await quietly(() => time(1, distant))));
  }
  const [handshake, fresh] = [summarize(byHand), summarize(cold)];
  return [
    row('uncached: API server on the same machine', local),
    row(`uncached: one GET, API server ${AWAY_MS} ms away`, one),
    row(`uncached: API server ${AWAY_MS} ms away`, far, [ratio('that round trip', far.p50, one.p50, 1.25)]),
    row(`uncached: handshake and one GET by hand, API server ${AWAY_MS} ms away`, handshake),
    row(`uncached: cold connection, API server ${AWAY_MS} ms away`, fresh, [
      ratio('that handshake and GET', fresh.p50, handshake.p50, 1.25),
    ]),
  ];
}

/** Medians in milliseconds at one distance. */
export interface Point {
  readonly roundTripMs: number;
  readonly cwii: number;
  /** The four reads one after another on one open connection. */
  readonly serial: number;
}

export async function measureDistances(cluster: BenchCluster, rounds: number): Promise<Point[]> {
  const points: Point[] = [];
  for (const roundTripMs of DISTANCES_MS) {
    const access = roundTripMs === 0 ? cluster.near : await cluster.at(roundTripMs);
    const agent = keptConnection(access);
    const serial = async () => {
      for (const path of cluster.paths) await getOnce(access, path, agent);
    };
    const cwii = admit(await loadHandler({ ...access.env, CWII_CACHE_SECONDS: '0' }), cluster.pod);
    const samples = await quietly(() => byTurns(2, rounds, { cwii, serial }));
    agent.destroy();
    points.push({ roundTripMs, cwii: samples.cwii.p50, serial: samples.serial.p50 });
  }
  return points;
}
