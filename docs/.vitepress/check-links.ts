// Checks the links of the built site: each must lead to a file, and to an element with the anchor's id.

import { existsSync, globSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';

/** @returns a line for each dead link. */
export function deadLinks(folder: string, base = '/'): string[] {
  const pages = globSync('**/*.html', { cwd: folder }).map((page) => page.replaceAll('\\', '/'));
  const html = new Map(pages.map((page) => [page, readFileSync(join(folder, page), 'utf8')]));
  const ids = new Map([...html].map(([page, text]) => [page, new Set(matches(text, /\sid="([^"]+)"/g))]));
  return [...html].flatMap(([page, text]) =>
    [...new Set(matches(text, /<a\s[^>]*?href="([^"]+)"/g))]
      .filter((href) => !/^([a-z]+:|\/\/)/i.test(href) && !reaches(page, href))
      .map((href) => `${page}: ${href}`),
  );

  function reaches(page: string, href: string): boolean {
    const [path = '', anchor] = decodeURI(href.replaceAll('&amp;', '&')).split('#', 2);
    const target = fileOf(page, path);
    if (!existsSync(join(folder, target))) return false;
    return !anchor || (ids.get(target)?.has(anchor) ?? false);
  }

  function fileOf(page: string, path: string): string {
    if (path === '') return page;
    if (path.startsWith('/') && !path.startsWith(base)) return 'outside of the base';
    const file = path.startsWith('/') ? path.slice(base.length) : posix.join(posix.dirname(page), path);
    return file === '' || file === '.' || file.endsWith('/') ? posix.join(file, 'index.html') : file;
  }
}

function matches(text: string, pattern: RegExp): string[] {
  return [...text.matchAll(pattern)].map(([, found = '']) => found);
}
