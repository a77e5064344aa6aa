// Error codes that do not belong to one part of cwii.

import type { ErrorCodeDocs } from './docs.ts';

export const generalErrors = {
  'config-invalid': {
    meaning:
      'A setting is missing, unknown, malformed or contradicts another one. The function does not start; the message lists every invalid setting, not only the first.',
    remedy:
      'Correct the settings that the message names. `docs/configuration.md` lists those of the webhook, `docs/issuer.md` those of the issuer function, and `docs/cluster-credential.md` those of the token rotation function.',
  },
  internal: {
    meaning: 'A run of the issuer or token rotation function failed with an error that cwii does not expect.',
    remedy: 'Read `error` in the same log line. If it is not an outage of AWS or of the network, report it as a bug.',
  },
  'internal-error': {
    meaning: 'A request to the webhook failed with an error that cwii does not expect. The answer was HTTP 500.',
    remedy: 'Read `error` in the log line of the request, and report it as a bug.',
  },
  'package-incomplete': {
    meaning: 'The command did not find the `package.json` of its own package in any folder above it.',
    remedy: 'Install cwii again.',
  },
  'bench-target': {
    meaning: 'The target of `npm run bench -- --target` cannot be reached, rejected the review or denied the pod.',
    remedy: 'Follow the message: check the URL, the certificate (`--target-ca`) and the settings of the target.',
  },
} as const satisfies Record<string, ErrorCodeDocs>;
