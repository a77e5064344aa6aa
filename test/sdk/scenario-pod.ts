// The pods of the scenarios of testing/sdks/scenarios.ts.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Cloud } from '../../testing/sdks/programs.ts';
import { files, type Scenario } from '../../testing/sdks/scenarios.ts';
import type { PodManifest } from '../fakes/events.ts';
import { awsInFrankfurt, azureAnnotations, gcpAnnotations, gcpProject } from './trust.ts';

export const scenarioAnnotations: Readonly<Record<Cloud, Readonly<Record<string, string>>>> = {
  aws: {
    ...awsInFrankfurt,
    'cwii.dev/aws-set-default-region': 'true',
    'cwii.dev/aws-role-session-name': 'web',
  },
  azure: azureAnnotations,
  gcp: { ...gcpAnnotations, 'cwii.dev/gcp-project': gcpProject },
};

/** Gives the container the variables of a scenario, and writes the files that they name. */
export function setEnvironment(env: Scenario['env']): (pod: PodManifest, root: string) => void {
  return ({ spec }, root) => {
    for (const [name, text] of Object.entries(files)) writeFileSync(join(root, name), text);
    const variables = Object.entries(env ?? {}).map(([name, value]) => {
      const [, file] = /^file:(.+)$/.exec(value) ?? [];
      return { name, value: file === undefined ? value : join(root, file) };
    });
    spec.containers = [{ name: 'app', env: variables }];
  };
}
