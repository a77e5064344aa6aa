// Maps files of the repository to pages of the site, and a page's relative links to the files they name.

import { existsSync, statSync } from 'node:fs';
import { join, posix } from 'node:path';

export const ROOT = join(import.meta.dirname, '..', '..');

/** The folder of the site with the pages for files outside docs/. */
export const SOURCE = 'source';

/** Pages whose path differs from their file's. GitHub shows a README.md below the listing of its folder. */
export const rewrites: Readonly<Record<string, string>> = {
  'README.md': 'documentation.md',
  'decisions/README.md': 'decisions/index.md',
  'checks/README.md': 'checks/index.md',
};

/** The target of a relative link in a file. */
export interface RepositoryLink {
  /** Relative to the repository's root, with slashes. */
  readonly path: string;
  /** With its `#`, or empty. */
  readonly anchor: string;
}

/**
 * @param file the file that contains the link, relative to the repository's root.
 * @returns undefined for an external link and for an anchor on the same page.
 * @throws if no such file is in the repository.
 */
export function resolveLink(file: string, href: string): RepositoryLink | undefined {
  if (/^([a-z][a-z\d+.-]*:|[#/])/i.test(href)) return undefined;
  const [relative = '', anchor] = href.split('#', 2);
  const path = posix.join(posix.dirname(file), decodeURI(relative)).replace(/\/$/, '');
  if (path.startsWith('..') || !existsSync(join(ROOT, path)))
    throw new Error(`${file}: dead link ${href}; the repository has no ${path}`);
  return { path, anchor: anchor ? `#${anchor}` : '' };
}

/** Whether a file is a page because it is Markdown in docs/. */
export function isDocument(path: string): boolean {
  return path.startsWith('docs/') && path.endsWith('.md');
}

export function isFolder(path: string): boolean {
  return statSync(join(ROOT, path)).isDirectory();
}

/** The page of a file or folder, relative to the site's root, as a Markdown file. */
export function pageOf(path: string): string {
  if (path === 'README.md') return 'index.md';
  if (isDocument(path)) return rewrites[path.slice('docs/'.length)] ?? path.slice('docs/'.length);
  const index = `${path}/README.md`;
  if (isDocument(index) && existsSync(join(ROOT, index))) return pageOf(index);
  return `${SOURCE}/${path.replace(/\.md$/, '')}.md`;
}

/** The inverse of `pageOf`. */
export function fileOf(page: string): string {
  if (page.startsWith(`${SOURCE}/`)) {
    const path = page.slice(SOURCE.length + 1);
    // SECURITY.md has the page source/SECURITY.md, cwii.yaml the page source/cwii.yaml.md.
    return existsSync(join(ROOT, path)) ? path : path.replace(/\.md$/, '');
  }
  const file = Object.keys(rewrites).find((name) => rewrites[name] === page) ?? page;
  return `docs/${file}`;
}
