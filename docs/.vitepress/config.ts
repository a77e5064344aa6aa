// The documentation site: docs/ as it is, with the contents of docs/README.md as its navigation.

import { type DefaultTheme, defineConfig } from 'vitepress';
import { deadLinks } from './check-links.ts';
import { checks, contents, decisions, type Entry } from './contents.ts';
import { githubAnchor, repositoryLinks, TWIN_LINK, twinLink } from './markdown.ts';
import { rewrites, SOURCE } from './repository.ts';
import { writeTwins } from './twins.ts';

const link = ({ title, page }: Entry): DefaultTheme.SidebarItem => ({ text: title, link: `/${page}` });

function sidebar(): DefaultTheme.SidebarItem[] {
  return [
    { text: 'Contents', link: '/documentation.md' },
    ...contents().map(({ title, entries }) => ({ text: title, items: entries.map(link) })),
    { text: 'Checks', collapsed: true, items: checks().map(link) },
    { text: 'Decisions', collapsed: true, items: decisions().map(link) },
  ];
}

/**
 * The part of a page that the search finds: the whole document, and nothing of the repository's other files.
 */
const searchText: DefaultTheme.LocalSearchOptions['_render'] = async (text, env, markdown) => {
  const html = await markdown.renderAsync(text, env);
  return env.frontmatter?.['search'] === false ? '' : html.replace(TWIN_LINK, '');
};

export default defineConfig({
  title: 'cwii',
  titleTemplate: ':title · cwii',
  description: 'Cloud identities for the pods of self-hosted Kubernetes clusters',
  lang: 'en',
  rewrites: { ...rewrites },
  outDir: '../dist/site',
  cacheDir: '../node_modules/.vitepress',
  markdown: {
    anchor: { slugify: githubAnchor },
    config: (markdown) => {
      repositoryLinks(markdown);
      twinLink(markdown);
    },
  },
  themeConfig: {
    nav: [
      { text: 'Tutorial', link: '/tutorial.md' },
      { text: 'Documentation', link: '/documentation.md' },
      { text: 'Annotations', link: '/annotations.md' },
      { text: 'Changes', link: `/${SOURCE}/CHANGELOG.md` },
    ],
    sidebar: sidebar(),
    outline: [2, 3],
    search: {
      provider: 'local',
      options: {
        _render: searchText,
        miniSearch: {
          searchOptions: {
            combineWith: 'AND',
            // The reference explains a name; other pages only use it.
            boostDocument: (id: string) => (/annotations|configuration|findings|cluster-file\.html/.test(id) ? 4 : 1),
          },
        },
      },
    },
    logo: { src: '/icon.svg', alt: '' },
    externalLinkIcon: true,
    footer: { message: 'Apache-2.0' },
  },
  transformHead({ page, siteData: { base } }) {
    return [
      ['link', { rel: 'icon', type: 'image/svg+xml', href: `${base}icon.svg` }],
      ['link', { rel: 'alternate', type: 'text/markdown', href: `${base}${page}` }],
    ];
  },
  async buildEnd(config) {
    await writeTwins(config);
    const dead = deadLinks(config.outDir, config.site.base);
    if (dead.length > 0) throw new Error(`dead links on the site:\n${dead.join('\n')}`);
  },
});
