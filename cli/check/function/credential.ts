// Checks the credential of the functions in the cluster, where it can be seen without the credential itself.

import { ACCESS } from '../../manifests/generated-file.ts';
import { NAMESPACE, READER, WEBHOOK_USER } from '../../manifests/names.ts';
import { type Check, failed, passed, skipped } from '../check.ts';
import { mayUser } from '../cluster/access-review.ts';
import { requireCluster } from '../context.ts';
import { renewal, userOf } from './access.ts';

export const credential: Check = {
  code: 'function-credential',
  unlessFailed: ['webhook-access'],
  run: async ({ cluster, kube }, signal) => {
    requireCluster(cluster);
    const { secret, webIdentity, eks } = cluster.credential;
    if (webIdentity)
      return skipped('AWS STS signs a web identity for each read; only the API servers see whether it is valid');
    if (eks)
      return skipped('the functions sign a request for aws-iam-authenticator; only that sees whether it is valid');
    if (!secret) return skipped('the functions do not read the cluster');
    const account = `/api/v1/namespaces/${NAMESPACE}/serviceaccounts/${READER}`;
    if (!(await kube.find(account, { signal })))
      return failed(
        `the ServiceAccount ${NAMESPACE}/${READER} does not exist, so the API server rejects the functions' token`,
        `run \`kubectl apply -f ${ACCESS}/\`, then store a first token again (docs/cluster-credential.md)`,
      );
    return (await mayUser(kube, userOf(cluster, WEBHOOK_USER), renewal, signal))
      ? passed(`ServiceAccount ${NAMESPACE}/${READER}`)
      : failed(
          `the ServiceAccount ${NAMESPACE}/${READER} may not create its next token, so its token expires`,
          `run \`kubectl apply -f ${ACCESS}/\``,
        );
  },
};
