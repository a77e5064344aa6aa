// The table of contents, read from docs/README.md: the sidebar and llms.txt are made from it.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pageOf, ROOT, resolveLink } from './repository.ts';
import { documents } from './sources.ts';

export interface Entry {
  readonly title: string;
  /** Relative to the site's root, as a Markdown file. */
  readonly page: string;
  readonly summary: string;
}

export interface Section {
  readonly title: string;
  readonly entries: readonly Entry[];
}

const INDEX = 'docs/README.md';
const DECISIONS = 'docs/decisions/README.md';
const CHECKS = 'docs/checks/README.md';

/** Documents that are not listed: the home page and the contents themselves. */
const OUTSIDE = ['docs/index.md', INDEX];

/** @throws if a document is missing in the contents. */
export function contents(): Section[] {
  const sections = textOf(INDEX)
    .split(/^## /m)
    .slice(1)
    .map((section) => ({ title: section.split('\n', 1)[0] ?? '', entries: entriesOf(INDEX, section) }));
  const listed = [...sections.flatMap(({ entries }) => entries), ...decisions(), ...checks()].map(({ page }) => page);
  const missing = documents().filter((path) => !OUTSIDE.includes(path) && !listed.includes(pageOf(path)));
  if (missing.length > 0) throw new Error(`${INDEX} does not list ${missing.join(', ')}; add a line for each`);
  return sections;
}

/** The decision records, in order. */
export function decisions(): Entry[] {
  return entriesOf(DECISIONS, textOf(DECISIONS));
}

/** The checks of `cwii check`, in order. */
export function checks(): Entry[] {
  return entriesOf(CHECKS, textOf(CHECKS));
}

/**
 * Items such as `- [Title](file.md): summary.` or `1. [Title](file.md)`; a summary may have indented lines.
 */
function entriesOf(file: string, markdown: string): Entry[] {
  const items = markdown.matchAll(/^(?:-|\d+\.) \[([^\]]+)\]\(([^)]+)\):? *((?:.+\n?)(?: {2}.+\n?)*)?/gm);
  return [...items].map(([, title = '', href = '', summary = '']) => {
    const link = resolveLink(file, href);
    if (!link) throw new Error(`${file}: ${href} is not a file of the repository; link to files only`);
    return { title, page: pageOf(link.path), summary: summary.replace(/\s+/g, ' ').trim() };
  });
}

function textOf(file: string): string {
  return readFileSync(join(ROOT, file), 'utf8');
}
