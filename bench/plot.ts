// Draws the plot of latency against distance as SVG.

import type { Point } from './distance.ts';

const [WIDTH, HEIGHT, LEFT, BOTTOM, TOP, RIGHT] = [640, 360, 56, 48, 24, 150];

export function plot(points: readonly Point[]): string {
  const farthest = Math.max(...points.map(({ roundTripMs }) => roundTripMs));
  const slowest = Math.ceil(Math.max(...points.flatMap(({ cwii, serial }) => [cwii, serial])) / 50) * 50;
  const x = (value: number) => LEFT + (value / farthest) * (WIDTH - LEFT - RIGHT);
  const y = (value: number) => HEIGHT - BOTTOM - (value / slowest) * (HEIGHT - BOTTOM - TOP);
  const line = (color: string, name: string, of: (point: Point) => number) => {
    const place = points.map((point) => `${x(point.roundTripMs).toFixed(1)},${y(of(point)).toFixed(1)}`);
    const dots = points.map(
      (point) =>
        `<circle cx="${x(point.roundTripMs).toFixed(1)}" cy="${y(of(point)).toFixed(1)}" r="3" fill="${color}"/>`,
    );
    const end = points.at(-1);
    const label = end
      ? `<text x="${x(farthest) + 10}" y="${(y(of(end)) + 4).toFixed(1)}" fill="${color}">${name}</text>`
      : '';
    return [`<polyline points="${place.join(' ')}" fill="none" stroke="${color}" stroke-width="2"/>`, ...dots, label];
  };
  const ticks = Array.from({ length: 6 }, (_, index) => (slowest / 5) * index).map(
    (value) =>
      `<line x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${y(value)}" y2="${y(value)}" stroke="#ddd"/>` +
      `<text x="${LEFT - 8}" y="${y(value) + 4}" text-anchor="end">${value}</text>`,
  );
  const distances = points.map(
    ({ roundTripMs }) =>
      `<text x="${x(roundTripMs)}" y="${HEIGHT - BOTTOM + 18}" text-anchor="middle">${roundTripMs}</text>`,
  );
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="12" fill="#333">`,
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="#fff"/>`,
    ...ticks,
    ...distances,
    `<text x="${(LEFT + WIDTH - RIGHT) / 2}" y="${HEIGHT - 10}" text-anchor="middle">round trip to the API server, ms</text>`,
    `<text x="${LEFT}" y="14">an uncached admission of a Deployment's pod, median, ms</text>`,
    ...line('#b3541e', 'four serial reads', ({ serial }) => serial),
    ...line('#1f6feb', 'cwii', ({ cwii }) => cwii),
    ...line('#999', 'one round trip', ({ roundTripMs }) => roundTripMs),
    '</svg>',
    '',
  ].join('\n');
}
