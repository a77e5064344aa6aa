// What every annotation means, for docs/annotations.md and the CLI. A key of keys.ts without its entry here, or the
// other way round, does not compile.

import { awsKeyDocs } from './key-docs-aws.ts';
import { azKeyDocs } from './key-docs-az.ts';
import { gcpKeyDocs } from './key-docs-gcp.ts';
import { GCP_CREDENTIALS, INJECTED, type KeyName, type OutputKey } from './keys.ts';

export interface KeyDocs {
  /** What it does, as one sentence. */
  readonly effect: string;
  /** What holds where the key is explicit nowhere. */
  readonly byDefault: string;
  readonly example: string;
}

/** In the order of the docs. */
export const keyDocs: Readonly<Record<KeyName, KeyDocs>> = {
  ...awsKeyDocs,
  ...gcpKeyDocs,
  ...azKeyDocs,
  'cwii.dev/skip-containers': {
    effect: 'Containers that get no identity, by name, comma-separated.',
    byDefault: 'none is skipped',
    example: 'istio-proxy,log-shipper',
  },
  'cwii.dev/include-containers': {
    effect:
      'The only containers that get an identity, by name, comma-separated; `skip-containers` takes away from them.',
    byDefault: 'all containers',
    example: 'app',
  },
};

export const outputKeyDocs: Readonly<Record<OutputKey, string>> = {
  [INJECTED]:
    'The providers whose identity is on the pod, sorted and comma-joined, such as `aws` or `aws,az,gcp`. With `CWII_MARK_PODS` it is on every pod, empty where nothing is injected.',
  [GCP_CREDENTIALS]: "GCP's credentials file (it holds no secret), which the kubelet projects into the pod.",
};
