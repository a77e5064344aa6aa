// Adds the stacks of all clusters to an app, so that one that fails does not stop the others.

import type { App } from 'aws-cdk-lib';
import type { Cluster, FailedCluster, Fleet } from '../cluster-file/cluster-file.ts';
import { stackNameOf } from '../cluster-file/stack-names.ts';
import { CwiiError } from '../lib/common/errors.ts';
import { ClusterStack } from './cluster-stack.ts';
import { FleetDashboard } from './fleet-dashboard.ts';

/**
 * No stack refers to another one, so that each can be deployed alone.
 *
 * @returns the clusters without a stack, with the reasons.
 */
export function addFleet(app: App, { clusters, dashboard, failed }: Fleet): readonly FailedCluster[] {
  const failedAtSynth = clusters.flatMap((cluster) => addStack(app, cluster));
  const all = [...failed, ...failedAtSynth];
  if (dashboard && app.node.children.length > 0) {
    const names = new Set(all.map(({ name }) => name));
    new FleetDashboard(
      app,
      clusters.filter(({ name }) => !names.has(name)),
      dashboard,
    );
  }
  return all;
}

function addStack(app: App, cluster: Cluster): FailedCluster[] {
  try {
    new ClusterStack(app, cluster);
    return [];
  } catch (error) {
    if (!(error instanceof CwiiError)) throw error;
    // A stack with only a part of its resources would delete the others in a deployment.
    app.node.tryRemoveChild(stackNameOf(cluster.name));
    return [{ name: cluster.name, error }];
  }
}
