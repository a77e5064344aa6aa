// The growth of a series of samples: a straight line through those after the warm-up.

export interface Sample {
  /** Date.now(). */
  readonly at: number;
  /** Bytes. */
  readonly rss: number;
  /** Bytes, after a garbage collection. */
  readonly heapUsed: number;
  readonly sockets: number;
  readonly timers: number;
}

/** The share of the time in which caches fill and V8 compiles code. */
const WARM_UP = 0.3;

export interface Growth {
  readonly first: number;
  readonly last: number;
  /** Along the line of least squares, over the whole time after the warm-up. */
  readonly grown: number;
}

/** In the unit of `value`. */
export function growthOf(samples: readonly Sample[], value: (sample: Sample) => number): Growth {
  const steady = samples.slice(Math.floor(samples.length * WARM_UP));
  const [first, last] = [steady[0], steady.at(-1)];
  if (!first || !last) return { first: 0, last: 0, grown: 0 };
  const points = steady.map((sample) => [sample.at - first.at, value(sample)] as const);
  const mean = (index: 0 | 1) => points.reduce((sum, point) => sum + point[index], 0) / points.length;
  const [meanX, meanY] = [mean(0), mean(1)];
  const spread = points.reduce((sum, [x]) => sum + (x - meanX) ** 2, 0);
  const slope = spread === 0 ? 0 : points.reduce((sum, [x, y]) => sum + (x - meanX) * (y - meanY), 0) / spread;
  return { first: value(first), last: value(last), grown: slope * (last.at - first.at) };
}
