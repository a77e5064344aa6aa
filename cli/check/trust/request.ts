// Checks that the ServiceAccounts request an identity, and that their annotations are valid.

import { describeFinding } from '../../../lib/annotations/findings.ts';
import { nativeKeys } from '../../../lib/annotations/native-keys.ts';
import type { Cloud, CloudRequest, Identity } from '../../trust/identities.ts';
import { type Check, failed, type Outcome, skipped } from '../check.ts';
import type { Fact } from '../context.ts';
import { nearestText } from './nearest-text.ts';
import { settingsOf, type Target } from './targets.ts';

const triggers: Readonly<Record<Cloud, string>> = {
  aws: 'cwii.dev/aws-role-arn=arn:aws:iam::ACCOUNT:role/NAME',
  azure: 'cwii.dev/az-client-id=CLIENT_ID',
  gcp: 'cwii.dev/gcp-service-account=EMAIL',
};

function triggerOf(request: CloudRequest | undefined): string {
  const [identity] = request?.identities ?? [];
  if (identity?.cloud !== 'service') return triggers[identity?.cloud ?? 'aws'];
  const [key] = Object.keys(identity.values);
  return key === undefined
    ? `cwii.dev/token-${identity.id}=${identity.audience}`
    : `cwii.dev/${identity.id}-${key}=VALUE`;
}

export function requestCheck(targets: Fact<readonly Target[]>): Check {
  return {
    code: 'trust-request',
    needs: ['cluster-reachable'],
    run: async (context) => {
      const found = await context.fact(targets);
      if (found.length === 0) return skipped('no ServiceAccount requests a cloud');
      const { nativeAnnotations } = settingsOf(context);
      return found.flatMap((target) => outcomesOf(target, nativeAnnotations));
    },
  };
}

function outcomesOf(target: Target, nativeAnnotations: boolean): readonly Outcome[] {
  const { label, account, requests } = target;
  if (!account) return [missing(target)];
  if (requests.clouds.length === 0) return [withoutRequest(target, nativeAnnotations)];
  return requests.clouds.map(({ title, identities, problems, incomplete }) => {
    if (identities.length > 0) return { result: 'passed', subject: label, detail: identities.map(detailOf).join(', ') };
    const [problem] = problems;
    if (incomplete || !problem) {
      const rest = problem ? `: ${problem.message}` : '';
      return skipped(`a pod or its workload has to complete the identity of ${title}${rest}`, label);
    }
    const cause = `no identity of ${title}: ${describeFinding(problem)}`;
    return failed(cause, `correct ${problem.key} on ${problem.object}`, label);
  });
}

function detailOf(identity: Identity): string {
  switch (identity.cloud) {
    case 'aws':
      return `AWS role ${identity.roleArn}${identity.target ? `, target role ${identity.target.roleArn}` : ''}`;
    case 'azure':
      return `Azure client ${identity.clientId}`;
    case 'gcp':
      return `GCP ${identity.serviceAccount ?? 'direct federation'}`;
    case 'service':
      return [identity.title, ...Object.values(identity.values).slice(0, 1)].join(' ');
  }
}

function missing({ label, serviceAccount: { namespace, name }, others }: Target): Outcome {
  const nearest = nearestText(
    name,
    others.map((other) => other.name).filter((other) => other !== 'default'),
  );
  const hint = nearest === undefined ? '' : `; the namespace has ServiceAccount ${nearest}`;
  return failed(
    `the cluster at this context has no ${label}${hint}`,
    `correct the name or the context, or run \`kubectl create serviceaccount ${name} -n ${namespace}\``,
    label,
  );
}

function withoutRequest({ label, serviceAccount, account, requests, others }: Target, native: boolean): Outcome {
  const { namespace, name } = serviceAccount;
  const cause = `no annotation of ${label} or Namespace ${namespace} requests a cloud`;
  const command = (annotation: string) => `\`kubectl annotate serviceaccount ${name} -n ${namespace} ${annotation}\``;
  const [misspelt] = requests.findings;
  if (misspelt) return failed(`${cause}; ${describeFinding(misspelt)}`, `correct ${misspelt.key}`, label);
  const annotations = account?.metadata.annotations ?? {};
  const ignored = native ? undefined : nativeKeys.find((key) => annotations[key.native] !== undefined)?.native;
  if (ignored !== undefined)
    return failed(
      `${cause}; ${ignored} is not read, because settings.nativeAnnotations is false`,
      'set settings.nativeAnnotations: true in cwii.yaml, or use the annotation of cwii',
      label,
    );
  const asking = others.find((other) => other.requests.clouds.length > 0);
  if (asking) {
    const [first] = asking.requests.clouds;
    return failed(
      `${cause}; ServiceAccount ${namespace}/${asking.name} requests ${first?.title}`,
      `set serviceAccountName: ${asking.name} in the pods, or run ${command(triggerOf(first))}`,
      label,
    );
  }
  return failed(cause, `run ${command(triggers.aws)}, or annotate its pods or workloads`, label);
}
