// Runs the advice on a review with a reader and a configuration of the test.

import { type Advice, advise, advisedKind } from '../../lib/admission/advise.ts';
import type { ClusterReader } from '../../lib/cluster/reader.ts';
import { Deadline } from '../../lib/common/deadline.ts';
import { parseMutateSettings } from '../../lib/settings/webhook-config.ts';
import type { Review } from './events.ts';
import { requestOf } from './views.ts';

export async function adviceFrom(
  reader: ClusterReader | undefined,
  review: Review,
  env: Readonly<Record<string, string>> = {},
): Promise<Advice> {
  const request = requestOf(review);
  const settings = parseMutateSettings(env);
  const kind = advisedKind(request, settings.ownerKinds);
  if (!kind) throw new Error(`${request.resource.resource} are not advised on`);
  using deadline = new Deadline(5000);
  return await advise(kind, request, { settings, reader, deadline });
}
