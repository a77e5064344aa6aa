// The pages for files outside docs/, so that a link to a file of the repository works on the site too.

import { pageOf, SOURCE } from '../.vitepress/repository.ts';
import { linkedSources, sourceContent } from '../.vitepress/sources.ts';

export default {
  paths() {
    return linkedSources().map((path) => ({
      params: { file: pageOf(path).slice(SOURCE.length + 1, -'.md'.length) },
      content: sourceContent(path),
    }));
  },
};
