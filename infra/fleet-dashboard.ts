// The stack with a dashboard over all clusters: one line for each cluster in each graph.

import { type App, Duration, Stack } from 'aws-cdk-lib';
import { Dashboard, GraphWidget, type IMetric, TextWidget } from 'aws-cdk-lib/aws-cloudwatch';
import type { Cluster, ClusterFile } from '../cluster-file/cluster-file.ts';
import { FLEET_STACK } from '../cluster-file/stack-names.ts';
import type { MetricsOf, ServiceName } from '../lib/common/metrics.ts';
import { functionMetric } from './metrics.ts';

interface Graph<Service extends ServiceName = ServiceName> {
  readonly title: string;
  readonly service: Service;
  readonly metric: MetricsOf[Service];
  readonly statistic: string;
}

const graphs: readonly (Graph<'webhook'> | Graph<'issuer'> | Graph<'token-rotation'>)[] = [
  { title: 'Failed calls', service: 'webhook', metric: 'Errors', statistic: 'Sum' },
  { title: 'Denied pods', service: 'webhook', metric: 'Denials', statistic: 'Sum' },
  { title: 'Failed reads of the cluster', service: 'webhook', metric: 'ReadFailures', statistic: 'Sum' },
  { title: 'Calls without a valid token', service: 'webhook', metric: 'Refused', statistic: 'Sum' },
  { title: 'Pods admitted or denied', service: 'webhook', metric: 'Admissions', statistic: 'Sum' },
  { title: 'Pods with an identity', service: 'webhook', metric: 'Injections', statistic: 'Sum' },
  { title: 'Milliseconds in the function, p99', service: 'webhook', metric: 'Duration', statistic: 'p99' },
  { title: 'Cold starts', service: 'webhook', metric: 'ColdStarts', statistic: 'Sum' },
  { title: 'Publications of hosted issuers', service: 'issuer', metric: 'Published', statistic: 'Sum' },
  {
    title: "Age of the cluster's token, part of its lifetime",
    service: 'token-rotation',
    metric: 'TokenAgeRatio',
    statistic: 'Maximum',
  },
];

/**
 * The metrics have the names of the clusters, and not those of their functions, which only their own stacks
 * know: the stacks are independent.
 */
export class FleetDashboard extends Stack {
  readonly dashboard: Dashboard;

  constructor(app: App, clusters: readonly Cluster[], env: NonNullable<ClusterFile['dashboard']>) {
    const { account, region } = env;
    super(app, FLEET_STACK, {
      description: `cwii: dashboard over ${clusters.length} clusters`,
      env: { ...(account !== undefined && { account }), ...(region !== undefined && { region }) },
    });
    const shown = graphs
      .map((graph) => ({ ...graph, clusters: clusters.filter((cluster) => publishes(graph.service, cluster)) }))
      .filter((graph) => graph.clusters.length > 0)
      .map(
        ({ title, clusters: some, ...graph }) =>
          new GraphWidget({
            title,
            left: some.map((cluster) => metricOf(graph, cluster)),
            width: 12,
            height: 8,
            leftYAxis: { min: 0 },
          }),
      );
    const heading = new TextWidget({ markdown: `# cwii: ${clusters.length} clusters`, width: 24, height: 1 });
    const rows = Array.from({ length: Math.ceil(shown.length / 2) }, (_, row) => shown.slice(2 * row, 2 * row + 2));
    this.dashboard = new Dashboard(this, 'Dashboard', { widgets: [[heading], ...rows] });
  }
}

/** Whether the cluster has the function. */
function publishes(service: ServiceName, { issuerHosting, credential }: Cluster): boolean {
  if (service === 'issuer') return issuerHosting !== undefined;
  return service === 'webhook' || credential.secret !== undefined;
}

function metricOf({ service, metric, statistic }: Omit<Graph, 'title'>, { name, account, region }: Cluster): IMetric {
  return functionMetric(service, name, metric, {
    statistic,
    period: Duration.minutes(5),
    label: name,
    ...(account !== undefined && { account }),
    ...(region !== undefined && { region }),
  });
}
