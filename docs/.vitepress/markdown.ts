// Markdown rules of the site: links into the repository lead to pages, and anchors are those of GitHub.

import { basename } from 'node:path';
import type { MarkdownRenderer } from 'vitepress';
import { fileOf, pageOf, resolveLink } from './repository.ts';

/** The anchor of a heading as GitHub makes it, so that links with anchors work in both places. */
export function githubAnchor(heading: string): string {
  return heading
    .trim()
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .replace(/\s/g, '-');
}

/**
 * The link of a page as it is on the site.
 * @throws if the repository does not have the target.
 */
export function siteLink(page: string, href: string, base = '/'): string {
  const link = resolveLink(fileOf(page), href);
  return link ? `${base}${pageOf(link.path)}${link.anchor}` : href;
}

/** Rewrites every link that is relative to a file of the repository. */
export function repositoryLinks(markdown: MarkdownRenderer): void {
  markdown.core.ruler.push('repository-links', ({ tokens, env }) => {
    const { relativePath } = env as { relativePath?: string };
    if (relativePath === undefined) return;
    for (const token of tokens.flatMap(({ children }) => children ?? [])) {
      const href = token.type === 'link_open' && token.attrGet('href');
      if (href && !token.attrGet('class')?.includes('header-anchor'))
        token.attrSet('href', siteLink(relativePath, href));
    }
  });
}

export const TWIN_LINK = /<p class="twin">.*<\/p>/;

/** Ends each page with a link to the page as Markdown. */
export function twinLink(markdown: MarkdownRenderer): void {
  markdown.core.ruler.push('twin-link', ({ tokens, env, Token }) => {
    const { relativePath } = env as { relativePath?: string };
    if (relativePath === undefined || relativePath === 'index.md') return;
    const token = new Token('html_block', '', 0);
    // With a target, the site's router leaves the link to the browser.
    token.content = `<p class="twin"><a href="./${basename(relativePath)}" target="_self">This page as Markdown</a></p>`;
    tokens.push(token);
  });
}
