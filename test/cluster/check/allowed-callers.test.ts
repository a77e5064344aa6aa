// `cwii check` from an address that `function.allowedCallerCidrs` does not contain.

import { createServer, request } from 'node:https';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { listen } from '../../../testing/ports.ts';
import { type HealthyCluster, problemsIn, startHealthyCluster } from './healthy-cluster.ts';

/** The answer of Lambda to a caller that the resource policy does not allow. */
const FORBIDDEN =
  '{"Message":"Forbidden. For troubleshooting Function URL authorization issues, see: https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html"}';

describe('with function.allowedCallerCidrs', () => {
  let healthy: HealthyCluster;
  let stopDoor: () => Promise<unknown>;
  let isApiServerAllowed = true;
  beforeAll(async () => {
    healthy = await startHealthyCluster();
    const { port } = new URL(healthy.webhookOrigin);
    const { certPem: cert, keyPem: key } = await healthy.authority.issue();
    await healthy.restartWebhook({ elsewhere: true });
    const { port: behind } = new URL(healthy.webhook().origin);
    const server = createServer({ cert, key }, (incoming, outgoing) => {
      const isApiServer = incoming.headers['user-agent']?.startsWith('kube-apiserver') ?? false;
      if (!isApiServer || !isApiServerAllowed)
        return void outgoing.writeHead(403, { 'content-type': 'application/json' }).end(FORBIDDEN);
      const { method, url, headers } = incoming;
      const target = { host: '127.0.0.1', port: behind, method, path: url, headers, ca: healthy.authority.certPem };
      incoming.pipe(
        request(target, (answer) => {
          outgoing.writeHead(answer.statusCode ?? 0, answer.headers);
          answer.pipe(outgoing);
        }),
      );
    });
    await listen(server, Number(port));
    stopDoor = () => new Promise((resolve) => server.closeAllConnections() ?? server.close(resolve));
    await healthy.editClusterFile((entry) => {
      entry['function'] = { allowedCallerCidrs: ['203.0.113.0/24'] };
    });
  });
  afterAll(async () => {
    await stopDoor?.();
    await healthy?.stop();
  });

  it('does not take the 403 of Lambda for a wrong token, and lets the API server prove the way', async () => {
    const report = await healthy.report('--only', 'webhook');
    const results = Object.fromEntries(
      report.categories.flatMap(({ checks }) => checks).map(({ code, result, cause }) => [code, [result, cause]]),
    );

    expect(problemsIn(report)).toEqual([]);
    expect(results).toMatchObject({
      'webhook-answers': ['skipped', "this machine's address is not among function.allowedCallerCidrs"],
      'webhook-authentication': ['skipped', 'it needs webhook-answers'],
      'webhook-review': ['skipped', 'it needs webhook-answers'],
      'webhook-dry-run': ['passed', undefined],
    });
  });

  it("says that the API server's address is missing, also with --probe", async () => {
    isApiServerAllowed = false;
    const report = await healthy.report('--only', 'webhook', '--probe', '--yes');
    isApiServerAllowed = true;

    const remedy = expect.stringContaining('function.allowedCallerCidrs');
    const failures = report.categories.flatMap(({ checks }) => checks).filter(({ result }) => result === 'failed');
    expect(failures).toEqual([
      expect.objectContaining({ code: 'webhook-dry-run', remedy }),
      expect.objectContaining({ code: 'webhook-probe', remedy }),
    ]);
  });
});
