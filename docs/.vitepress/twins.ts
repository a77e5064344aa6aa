// Writes the site for programs: each page as Markdown, llms.txt with links to these, and llms-full.txt.

import { globSync } from 'node:fs';
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { SiteConfig } from 'vitepress';
import { checks, contents, decisions, type Section } from './contents.ts';
import { siteLink } from './markdown.ts';
import { fileOf, ROOT, SOURCE } from './repository.ts';
import { sourceContent } from './sources.ts';

const HEAD = `# cwii

> cwii (Cluster Workload Identity Injector) gives the pods of a self-hosted Kubernetes cluster their AWS, Azure and GCP
> identities from ServiceAccount tokens. It is a mutating admission webhook that runs outside the cluster, on AWS Lambda.
`;

export async function writeTwins({ pages, rewrites, srcDir, outDir, site }: SiteConfig): Promise<void> {
  const twins = new Map<string, string>();
  for (const file of pages) {
    const page = rewrites.map[file] ?? file;
    twins.set(page, await twinOf(page, site.base));
  }
  const sections = [
    ...contents(),
    { title: 'Checks', entries: checks() },
    { title: 'Decisions', entries: decisions() },
  ];
  twins.set('llms.txt', `${HEAD}\n${sections.map((section) => list(section, site.base)).join('\n')}`);
  const bodies = sections.flatMap(({ entries }) => entries.map(({ page }) => twins.get(page) ?? ''));
  twins.set('llms-full.txt', [HEAD, ...bodies].join('\n---\n\n'));
  // The HTML has its images under names with a hash.
  for (const image of globSync('*.svg', { cwd: srcDir })) await cp(join(srcDir, image), join(outDir, image));
  for (const [path, text] of twins) {
    await mkdir(dirname(join(outDir, path)), { recursive: true });
    await writeFile(join(outDir, path), text);
  }
}

function list({ title, entries }: Section, base: string): string {
  const lines = entries.map(
    (entry) => `- [${entry.title}](${base}${entry.page})${entry.summary && `: ${entry.summary}`}\n`,
  );
  return `## ${title}\n\n${lines.join('')}`;
}

/** The page's Markdown without front matter and marks of generated parts, with links to other twins. */
async function twinOf(page: string, base: string): Promise<string> {
  const file = fileOf(page);
  const text = page.startsWith(`${SOURCE}/`) ? sourceContent(file) : await readFile(join(ROOT, file), 'utf8');
  return text
    .replace(/^---\n[\s\S]*?\n---\n+/, '')
    .replace(/^<!-- .* -->\n+/gm, '')
    .replace(/(`{3,})[\s\S]*?\1|!\[[^\]]*\]\([^)]*\)|\]\(([^()\s]+)\)/g, (whole, _fence, href?: string) =>
      href === undefined ? whole : `](${siteLink(page, href, base)})`,
    );
}
