// The fewest annotations that request the identity of each cloud.

import type { ProviderId } from '../../lib/annotations/keys.ts';
import type { Annotations } from './evaluation.ts';
import { roleArn } from './events.ts';

const id = '11111111-2222-3333-4444-555555555555';

export const requesting: Readonly<Record<ProviderId, Annotations>> = {
  aws: { 'cwii.dev/aws-role-arn': roleArn },
  az: { 'cwii.dev/az-client-id': id, 'cwii.dev/az-tenant-id': id },
  gcp: {
    'cwii.dev/gcp-inject': 'true',
    'cwii.dev/gcp-audience': '//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/providers/c',
  },
};
