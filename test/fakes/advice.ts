// Advice on an admission review, with a cluster and a configuration that the test chooses.

import { type Advice, adviseOnScope, adviseOnWorkload } from '../../lib/admission/advise.ts';
import { route } from '../../lib/admission/route.ts';
import type { ClusterReader } from '../../lib/cluster/reader.ts';
import { Deadline } from '../../lib/common/deadline.ts';
import { readReview } from '../../lib/kubernetes/review.ts';
import { parseMutateSettings } from '../../lib/settings/webhook-config.ts';
import type { Review } from './events.ts';

export async function adviceFrom(
  reader: ClusterReader | undefined,
  review: Review,
  env: Readonly<Record<string, string>> = {},
): Promise<Advice> {
  const request = readReview(review);
  const settings = parseMutateSettings(env);
  const routed = route(request, settings.ownerKinds);
  using deadline = new Deadline(5000);
  const context = { settings, reader, deadline };
  switch (routed.kind) {
    case 'advise-workload':
      return await adviseOnWorkload(routed.objectKind, request, context);
    case 'advise-scope':
      return adviseOnScope(routed.objectKind, request, context);
    default:
      throw new Error(`${request.resource.resource} are routed to ${routed.kind}, not to advice`);
  }
}
