// The codes of the category Cluster.

import type { CheckCodeDocs } from '../check-codes.ts';

export const clusterCodes = {
  'cluster-reachable': {
    description: 'the API server answers',
    meaning:
      '`cwii check` asks the API server for its version, through kubectl and the context that you chose. Without an answer nothing else of the cluster can be checked.',
    remedy: 'Run `kubectl version` with the same `--kubeconfig` and `--context`, and follow its message.',
  },
} as const satisfies Record<string, CheckCodeDocs>;
