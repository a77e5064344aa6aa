// Compares paths in a container as the kubelet and the container runtime resolve them.

import { posix } from '../common/node-builtins.ts';

/**
 * One text for each place in a container, for comparisons only: absolute, without `.`, `..` and repeated
 * slashes. In nearly all images `/var/run` is a symbolic link to `/run`, so the two count as one place.
 * Windows ignores case, and the kubelet mounts a path without a drive on `C:`.
 */
export function placeOf(path: string, windows: boolean): string {
  if (!windows) {
    const place = isPlain(path) ? path : posix.resolve('/', path);
    return isWithin(place, '/var/run') ? place.slice('/var'.length) : place;
  }
  return posix.resolve('/', path.replaceAll('\\', '/').replace(/^c:/i, '')).toLowerCase();
}

/** Whether resolving the path would not change it: nearly all mounts of nearly all pods. */
function isPlain(path: string): boolean {
  return path.startsWith('/') && !/\/(?:[/.]|$)/.test(path);
}

/** Whether a place is another one or below it. */
export function isWithin(place: string, other: string): boolean {
  if (!place.startsWith(other)) return false;
  return place.length === other.length || other === '/' || place[other.length] === '/';
}
