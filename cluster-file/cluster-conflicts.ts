// Checks that the clusters of one file do not share what AWS or the clusters need to tell them apart.

import type { Cluster } from './defaults.ts';
import { isFirstDeployment } from './issuer-url.ts';
import { formatPath, type Path, type Problem } from './problems.ts';
import { FLEET_STACK, stackNameOf } from './stack-names.ts';

/** A value of the file, to be compared with the others of its kind. */
interface PlacedValue {
  readonly value: unknown;
  readonly path: Path;
}

/** Conflicts between clusters, each reported at the later one. */
export function checkBetweenClusters(
  clusters: readonly { readonly index: number; readonly cluster: Cluster }[],
): Problem[] {
  const valuesOf = (read: (cluster: Cluster, path: Path) => PlacedValue[]) =>
    clusters.flatMap(({ cluster, index }) => read(cluster, ['clusters', index]));
  return [
    ...duplicates(
      valuesOf(({ credential: { webIdentity } }, path) =>
        webIdentity ? [{ value: webIdentity.audience, path: [...path, 'credential', 'webIdentity', 'audience'] }] : [],
      ),
      'is also used by',
      'a token for one cluster would then be valid for the other; choose another audience, or remove the key',
    ),
    ...duplicates(
      valuesOf(({ workloadRoles, account = '' }, path) =>
        workloadRoles.map(({ name }, index) => ({
          // Names in IAM must differ by more than case.
          value: `${name.toLowerCase()} ${account}`,
          path: [...path, 'workloadRoles', index, 'name'],
        })),
      ),
      'is also used by',
      'role names are unique in an account; choose another name',
    ),
    ...duplicates(
      valuesOf(({ issuer, identityProvider, account = '' }, path) =>
        identityProvider ? [{ value: `${issuer} ${account}`, path: [...path, 'issuer'] }] : [],
      ),
      'is also used by',
      'an account has one identity provider for each issuer, so IAM could not tell the pods of the two clusters apart; give each cluster its own issuer',
    ),
    ...duplicates(
      valuesOf(({ issuer, issuerHosting }, path) => {
        const isServed = issuerHosting && !isFirstDeployment(issuer);
        return isServed ? [{ value: new URL(issuer).hostname, path: [...path, 'issuer'] }] : [];
      }),
      'has a host that is also used by',
      'each cluster with issuerHosting has its own distribution, and CloudFront serves a host from only one; give each issuer its own host',
    ),
  ];
}

/** @param hasDashboard whether the stack of the dashboard takes a name. */
export function checkClusterNames(entries: unknown, hasDashboard: boolean): Problem[] {
  if (!Array.isArray(entries)) return [];
  const names = entries.flatMap((entry: { name?: unknown } | null, index) =>
    typeof entry?.name === 'string' ? [{ value: entry.name, path: ['clusters', index, 'name'] }] : [],
  );
  const taken = names
    .filter(({ value }) => hasDashboard && stackNameOf(value) === FLEET_STACK)
    .map(({ path }) => ({
      path,
      message: `leads to the stack ${FLEET_STACK}, which dashboard uses; choose another name`,
    }));
  return [
    ...taken,
    ...duplicates(names, 'is also used by', 'the name of the stack is derived from it; choose another name'),
  ];
}

/**
 * A problem for each value that an earlier one has too.
 * @param fact the verb phrase before the earlier cluster.
 */
function duplicates(values: readonly PlacedValue[], fact: string, consequence: string): Problem[] {
  return values.flatMap(({ value, path }, index) => {
    const first = values.slice(0, index).find((earlier) => earlier.value === value);
    return first ? [{ path, message: `${fact} ${formatPath(first.path.slice(0, 2))}: ${consequence}` }] : [];
  });
}
