// The generated parts of docs/sdks.md, and the tables of other credentials in the pages of the clouds.

import { type Cloud, cloudSdks, type SdkName, sdkTitles, sdkVersion, serviceSdks } from '../testing/sdks/programs.ts';
import { readResults } from '../testing/sdks/results.ts';
import { type Feature, features, otherCredentials } from '../testing/sdks/scenarios.ts';
import { table } from './table.ts';

const cloudTitles: Record<Cloud, string> = { aws: 'AWS', azure: 'Azure', gcp: 'Google Cloud' };

/** A table for each cloud: a row for each feature, a column for each SDK. */
export function cloudTables(): string {
  const results = readResults();
  const sections = Object.entries(cloudTitles).map(([cloud, title]) => {
    const sdks = Object.entries(cloudSdks[cloud as Cloud]) as [SdkName, string][];
    const head = sdks.map(([sdk, name]) => `${sdkTitles[sdk]} (${code(name)} ${sdkVersion(sdk, name)})`);
    const rows = Object.entries(features).flatMap(([feature, meaning]) => {
      const row = results[cloud]?.[feature as Feature];
      return row ? [[meaning, ...sdks.map(([sdk]) => row[sdk] ?? '')]] : [];
    });
    return `### ${title}\n\n${table(['', ...head], rows)}`;
  });
  return sections.join('\n');
}

/** The outcome of each SDK if a container sets another credential beside the injected identity. */
export function credentialTable(cloud: Cloud): string {
  const results = readResults()[cloud];
  const sdks = Object.keys(cloudSdks[cloud]) as SdkName[];
  const rows = Object.entries(otherCredentials[cloud]).map(([name, { sets, warnings }]) => [
    sets,
    ...sdks.map((sdk) => results?.[name]?.[sdk] ?? ''),
    warnings > 0 ? 'warns' : '',
  ]);
  return table(['The container sets', ...sdks.map((sdk) => sdkTitles[sdk]), 'cwii'], rows);
}

/** The SDKs that get credentials with the variables of each service of the catalogue. */
export function serviceTable(): string {
  const rows = Object.entries(serviceSdks).flatMap(([sdk, services]) =>
    Object.entries(services).map(([service, name]) => [
      service,
      sdkTitles[sdk as SdkName],
      `${code(name)} ${sdkVersion(sdk as SdkName, name)}`,
    ]),
  );
  return table(['Service', 'Language', 'SDK'], rows.toSorted());
}

function code(text: string): string {
  return `\`${text}\``;
}
