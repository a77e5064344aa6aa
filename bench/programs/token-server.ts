// Answers as AWS STS and Secrets Manager with a token of the cluster, and prints its URL on standard error.
//
// It checks nothing, so that it takes as little time as possible.

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

const { BENCH_TOKEN: token } = process.env;

const server = createServer((request, response) => {
  request.resume().once('end', () => {
    const isSecret = request.headers['x-amz-target'] === 'secretsmanager.GetSecretValue';
    response.end(
      isSecret
        ? JSON.stringify({ SecretString: token })
        : `<GetWebIdentityTokenResponse><GetWebIdentityTokenResult><WebIdentityToken>${token}</WebIdentityToken></GetWebIdentityTokenResult></GetWebIdentityTokenResponse>`,
    );
  });
});
server.listen(0, '127.0.0.1', () => {
  process.stderr.write(`http://127.0.0.1:${(server.address() as AddressInfo).port}\n`);
});
