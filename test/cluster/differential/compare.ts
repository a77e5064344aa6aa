// Compares a pod that the policies admitted with the pod that the webhook would admit.

import jsonPatch from 'fast-json-patch';
import { BY_POLICIES } from '../../../cli/manifests/names.ts';
import type { Finding } from '../../../lib/annotations/findings.ts';
import { INJECTED } from '../../../lib/annotations/keys.ts';
import type { StoredPod } from '../stored-pod.ts';

/** The first difference; undefined if there is none. */
export function differenceBetween(expected: StoredPod, actual: StoredPod): string | undefined {
  return differenceOf(comparable(expected), comparable(actual));
}

/** The pod without defaults and generated names, in which both must agree. */
function comparable({ metadata, spec }: StoredPod): object {
  const { [INJECTED]: injected = '', ...annotations } = metadata.annotations ?? {};
  const text = JSON.stringify({
    annotations: {
      ...annotations,
      [INJECTED]: injected
        .split(',')
        .filter((name) => name !== BY_POLICIES)
        .join(','),
    },
    spec,
  });
  return JSON.parse(text.replace(/kube-api-access-\w{5}/g, 'kube-api-access'), (key, value) =>
    key === 'defaultMode' || (key === 'value' && value === '') ? undefined : value,
  );
}

function differenceOf(expected: object, actual: object): string | undefined {
  const [difference] = jsonPatch.compare(expected, actual);
  if (!difference) return undefined;
  const at = (document: object) => {
    try {
      return JSON.stringify(jsonPatch.getValueByPointer(document, difference.path))?.slice(0, 200);
    } catch {
      return undefined;
    }
  };
  return `at ${difference.path}: the webhook has ${at(expected)}, the policies have ${at(actual)}`;
}

/** The findings that the policies have too. They show at most ten. */
const COMPARED = [
  'annotation-unknown',
  'boolean-unreadable',
  'aws-role-arn-invalid',
  'aws-role-missing',
  'aws-region-invalid',
  'aws-session-name-invalid',
  'az-client-id-missing',
  'az-tenant-id-missing',
  'az-id-invalid',
  'az-authority-host-invalid',
  'gcp-service-account-invalid',
  'gcp-audience-missing',
  'gcp-audience-invalid',
  'gcp-audience-project-id',
  'gcp-project-invalid',
  'gcp-token-lifetime-invalid',
  'gcp-token-lifetime-unused',
  'audience-too-long',
  'token-expiration-unreadable',
  'token-expiration-raised',
  'token-expiration-lowered',
  'service-key-missing',
  'service-value-invalid',
  'token-name-invalid',
  'token-variable-invalid',
  'container-unknown',
  'mount-parent-read-only',
  'identity-empty',
  'identity-incomplete',
  'aws-identity-kept',
  'az-identity-kept',
  'gcp-identity-kept',
  'service-identity-kept',
];

export function differenceInFindings(findings: readonly Finding[], warnings: readonly string[]): string | undefined {
  const expected = [...new Set(findings.map(({ code }) => code))].filter((code) => COMPARED.includes(code)).sort();
  const actual = [...new Set(warnings.flatMap((text) => / \[([a-z-]+)\]$/.exec(text)?.[1] ?? []))].sort();
  // More than ten warnings are cut.
  if (expected.join() === actual.join() || warnings.length >= 10) return undefined;
  return `the webhook warns of ${expected}, the policies of ${actual}`;
}
