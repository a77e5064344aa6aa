// Links between documents, and to files and headings, checked without building the site.

import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { deadLinks } from '../../docs/.vitepress/check-links.ts';
import { contents } from '../../docs/.vitepress/contents.ts';
import { githubAnchor, siteLink } from '../../docs/.vitepress/markdown.ts';
import { fileOf, pageOf, ROOT, resolveLink } from '../../docs/.vitepress/repository.ts';
import { documents, linkedSources, linksIn } from '../../docs/.vitepress/sources.ts';

const files = ['README.md', 'CHANGELOG.md', 'CONTRIBUTING.md', 'SECURITY.md', ...documents()];

/** The anchors that a Markdown file has: of its headings, and those it sets itself. */
async function anchorsOf(path: string): Promise<string[]> {
  const text = (await readFile(join(ROOT, path), 'utf8')).replace(/^( *)(`{3,})[\s\S]*?^\1\2 *$/gm, '');
  const headings = [...text.matchAll(/^#+ +(.+)$/gm)].map(([, heading = '']) => githubAnchor(heading));
  return [...headings, ...[...text.matchAll(/ id="([^"]+)"/g)].map(([, id = '']) => id)];
}

describe('a document', () => {
  it.each(files)('links only to files and headings that exist: %s', async (file) => {
    const dead = [];
    for (const href of linksIn(await readFile(join(ROOT, file), 'utf8'))) {
      const target = href.startsWith('#') ? { path: file, anchor: href } : resolveLink(file, href);
      if (!target?.anchor) continue;
      if (!(await anchorsOf(target.path)).includes(target.anchor.slice(1))) dead.push(href);
    }

    expect(dead).toEqual([]);
  });
});

describe('the table of contents in docs/README.md', () => {
  it('lists every document in one of the four kinds, or as a part of the project', () => {
    expect(contents().map(({ title }) => title)).toEqual([
      'Tutorial',
      'How-to guides',
      'Reference',
      'Explanation',
      'Project',
    ]);
  });

  it('says in a sentence what each document contains', () => {
    for (const { title, summary } of contents().flatMap(({ entries }) => entries))
      expect(summary, title).toMatch(/\.$/);
  });
});

describe('a link on the site', () => {
  it.each([
    ['aws.md', 'azure.md#verify', '/azure.md#verify'],
    ['aws.md', '../README.md', '/index.md'],
    ['aws.md', 'README.md', '/documentation.md'],
    ['aws.md', 'decisions', '/decisions/index.md'],
    ['aws.md', '../SECURITY.md', '/source/SECURITY.md'],
    ['aws.md', '../examples/cwii.yaml', '/source/examples/cwii.yaml.md'],
    ['aws.md', '../examples/cluster/', '/source/examples/cluster.md'],
    ['decisions/index.md', '001-node-http2.md', '/decisions/001-node-http2.md'],
    ['source/SECURITY.md', 'docs/threat-model.md', '/threat-model.md'],
    ['source/examples/cluster.md', 'cluster/rbac.yaml', '/source/examples/cluster/rbac.yaml.md'],
    ['aws.md', '#verify', '#verify'],
    ['aws.md', 'https://kubernetes.io', 'https://kubernetes.io'],
  ])('of %s, %s, leads to %s', (page, href, link) => {
    expect(siteLink(page, href)).toBe(link);
  });

  it('is refused if the repository does not have the file', () => {
    expect(() => siteLink('aws.md', '../examples/missing.yaml')).toThrow(
      'docs/aws.md: dead link ../examples/missing.yaml; the repository has no examples/missing.yaml',
    );
    expect(() => siteLink('aws.md', '../../secret')).toThrow('dead link');
  });

  it.each([...documents(), ...linkedSources()])('leads back to its file: %s', (path) => {
    expect(fileOf(pageOf(path))).toBe(path);
  });
});

describe('the anchor of a heading', () => {
  it.each([
    ['1. The issuer', '1-the-issuer'],
    ["What cwii's `preview` prints", 'what-cwiis-preview-prints'],
    ['AWS_ROLE_ARN, and more', 'aws_role_arn-and-more'],
  ])('is the one of GitHub: %s', (heading, anchor) => {
    expect(githubAnchor(heading)).toBe(anchor);
  });
});

describe('the check of the built site', () => {
  it('finds links to pages and anchors that do not exist, also below a base', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'cwii-links-'));
    try {
      await mkdir(join(folder, 'part'));
      await writeFile(
        join(folder, 'index.html'),
        '<h1 id="top"></h1><a href="#top"></a><a class="x" href="/base/part/a.html#one"></a><a href="https://example.com/x"></a>',
      );
      await writeFile(
        join(folder, 'part', 'a.html'),
        '<p id="one"></p><a href="../"></a><a href="b.html"></a><a href="../index.html#nothing"></a><a href="/part/a.html"></a>',
      );

      expect(deadLinks(folder, '/base/')).toEqual([
        'part/a.html: b.html',
        'part/a.html: ../index.html#nothing',
        'part/a.html: /part/a.html',
      ]);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});
