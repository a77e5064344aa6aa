// Fuzz subject: the function with changed events.

import { check } from './check.ts';
import { generate } from './generate.ts';
import { shrink } from './shrink.ts';
import type { Subject } from './subject.ts';
import { createTargets } from './targets.ts';

export async function createEvents(): Promise<Subject> {
  const targets = await createTargets();
  return {
    check: (seed, index) => check(generate(seed, index, targets.length), targets),
    show: async (seed, index, problem) => {
      const made = generate(seed, index, targets.length);
      return { function: targets[made.target]?.name, ...(await shrink(made, problem, targets)) };
    },
  };
}
