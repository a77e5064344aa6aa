// Leaves out the variables of a policy that none of its expressions uses.

import type { Variable } from '../require-scopes.ts';

/** @param roots the expressions that are evaluated. */
export function usedBy(roots: readonly string[], variables: readonly Variable[]): readonly Variable[] {
  const used = new Set<string>();
  const visit = (expression: string) => {
    for (const [, name = ''] of expression.matchAll(/\bvariables\.(\w+)/g)) {
      if (used.has(name)) continue;
      used.add(name);
      visit(variables.find((variable) => variable.name === name)?.expression ?? '');
    }
  };
  for (const root of roots) visit(root);
  return variables.filter(({ name }) => used.has(name));
}
