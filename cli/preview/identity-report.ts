// The identities of manifests as the page of `cwii audit`, and compared with other manifests.

import type { ClusterReader } from '../../lib/cluster/reader.ts';
import { escapeControlsInLines } from '../../lib/common/control-characters.ts';
import type { MutateSettings } from '../../lib/settings/webhook-config.ts';
import { auditFiles } from '../audit/audit-files.ts';
import { renderPage } from '../html/page.ts';
import { simulateControllers } from './controllers.ts';
import { identityDiff, renderIdentityDiff } from './identity-diff.ts';
import type { PlacedManifest } from './manifest-files.ts';

export interface IdentityReportInput {
  readonly manifests: readonly PlacedManifest[];
  /** The manifests before the change; undefined if nothing is compared. */
  readonly against: readonly PlacedManifest[] | undefined;
  readonly settings: MutateSettings;
  /** Default: the manifests. */
  readonly reader: ClusterReader | undefined;
  readonly notSent: (namespace: string) => string | undefined;
  /** The files, for the heading. */
  readonly source: string;
  readonly format: 'html' | 'json' | 'text';
}

export async function identityReport(input: IdentityReportInput): Promise<string> {
  const { manifests, against, settings, reader, notSent, source, format } = input;
  const audit = (placed: readonly PlacedManifest[]) =>
    auditFiles({
      manifests: placed.map(({ manifest }) => manifest),
      simulation: simulateControllers(placed, settings.ownerKinds),
      settings,
      reader,
      notSent,
      source,
    });
  const report = await audit(manifests);
  const diff = against && identityDiff(await audit(against), report);
  if (format === 'html' || !diff) return renderPage(report, 'Identities of the manifests', diff);
  if (format === 'text') return renderIdentityDiff(diff);
  return escapeControlsInLines(`${JSON.stringify(diff, null, 2)}\n`);
}
