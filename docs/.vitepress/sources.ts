// Finds the files outside docs/ that documents link to, and makes a page for each.

import { globSync, readdirSync, readFileSync } from 'node:fs';
import { extname, join, posix } from 'node:path';
import { isFolder, pageOf, ROOT, resolveLink, SOURCE } from './repository.ts';

const LINK = /\]\(([^()\s]+)\)/g;

const languages: Readonly<Record<string, string>> = {
  '.ts': 'ts',
  '.mjs': 'js',
  '.json': 'json',
  '.yaml': 'yaml',
  '.yml': 'yaml',
  '.tf': 'hcl',
};

/** The hrefs in a Markdown text, without those of images and those in code blocks. */
export function linksIn(markdown: string): string[] {
  const prose = markdown.replace(/^( *)(`{3,})[\s\S]*?^\1\2 *$/gm, '').replace(/!\[[^\]]*\]\([^)]*\)/g, '');
  return [...prose.matchAll(LINK)].map(([, href = '']) => href);
}

/** Every Markdown file of docs/, relative to the repository's root. */
export function documents(): string[] {
  return globSync('docs/**/*.md', { cwd: ROOT, exclude: [`docs/${SOURCE}/**`] })
    .map((path) => path.replaceAll('\\', '/'))
    .sort();
}

/** Files and folders outside docs/ that have a page on the site. */
export function linkedSources(): string[] {
  const found = new Set<string>();
  const open = documents();
  for (let file = open.pop(); file !== undefined; file = open.pop()) {
    for (const path of targetsOf(file)) {
      if (!pageOf(path).startsWith(`${SOURCE}/`) || found.has(path)) continue;
      found.add(path);
      open.push(path);
    }
  }
  return [...found].sort();
}

/** The targets of the links in a file, or the files of a folder. */
function targetsOf(path: string): string[] {
  if (isFolder(path)) return entriesOf(path).filter((entry) => !isFolder(entry));
  if (!path.endsWith('.md')) return [];
  return linksIn(readFileSync(join(ROOT, path), 'utf8')).flatMap((href) => resolveLink(path, href)?.path ?? []);
}

function entriesOf(folder: string): string[] {
  return readdirSync(join(ROOT, folder))
    .sort()
    .map((name) => posix.join(folder, name));
}

/**
 * The Markdown of the page for a file: Markdown as it is, a folder as a list, other files as a code block.
 */
export function sourceContent(path: string): string {
  if (isFolder(path)) {
    const items = entriesOf(path).map((entry) => {
      const name = posix.basename(entry);
      // Folders in it have pages only if another page links to them.
      return isFolder(entry) ? `- ${name}/` : `- [${name}](${posix.basename(path)}/${name})`;
    });
    return `# \`${path}\`\n\n${items.join('\n')}\n`;
  }
  const text = readFileSync(join(ROOT, path), 'utf8');
  if (path.endsWith('.md')) return text;
  const fence = '`'.repeat(Math.max(3, ...[...text.matchAll(/`+/g)].map(([ticks]) => ticks.length + 1)));
  return `# \`${path}\`\n\n${fence}${languages[extname(path)] ?? 'text'}\n${text.trimEnd()}\n${fence}\n`;
}
