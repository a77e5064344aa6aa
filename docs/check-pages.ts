// The pages of docs/checks/: one for each check of `cwii check`, and an index. They are generated as a whole.

import { type CheckCodeDocs, checkCategories } from '../cli/check/check-codes.ts';
import { sentenceOf } from '../lib/annotations/finding-docs.ts';

export interface Page {
  /** Relative to docs/. */
  readonly name: string;
  readonly text: string;
}

export const CHECKS = 'checks';

export function checkPages(): Page[] {
  const categories = Object.values(checkCategories).map(({ title, codes }) => ({
    title,
    codes: Object.entries<CheckCodeDocs>(codes),
  }));
  const pages = categories.flatMap(({ title, codes }) =>
    codes.map(([code, docs]) => ({ name: `${CHECKS}/${code}.md`, text: pageOf(code, title, docs) })),
  );
  const sections = categories.map(({ title, codes }) => {
    const lines = codes.map(([code, { description }]) => `- [${code}](${code}.md): ${description}.\n`);
    return `## ${title}\n\n${lines.join('')}`;
  });
  return [{ name: `${CHECKS}/README.md`, text: `${INTRODUCTION}\n${sections.join('\n')}` }, ...pages];
}

const INTRODUCTION = `# Checks

Every check of \`cwii check\`, in the order of the chain from the cluster to the pod. [Find out why a pod has no
identity](../troubleshooting.md) shows how to use them; \`cwii explain CODE\` prints the same texts.
`;

function pageOf(code: string, category: string, { description, meaning, remedy }: CheckCodeDocs): string {
  return `# ${code}

Category ${category} of \`cwii check\`. It passes if ${description}.

${escapeHtml(meaning)}

**Remedy:** ${escapeHtml(sentenceOf(remedy))}

To run only this check: \`${commandOf(category)} --only ${code}\`. [All checks](README.md).
`;
}

/** The checks of these categories belong to subcommands. */
const subcommands: Readonly<Record<string, string>> = {
  'Cloud trust': 'cwii check serviceaccount NAMESPACE/NAME',
  Pod: 'cwii check pod NAMESPACE/NAME',
};

function commandOf(category: string): string {
  return subcommands[category] ?? 'cwii check';
}

/** Escapes `<` outside of code, where Markdown would read it as the beginning of a tag. */
export function escapeHtml(text: string): string {
  return text.replaceAll(/`[^`]*`|</g, (match) => (match === '<' ? '&lt;' : match));
}
