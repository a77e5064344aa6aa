// A minimal HTTPS server that allows every review. Arguments: PEM files of a certificate and its key.

import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';

const [cert = '', key = ''] = process.argv.slice(2);
const server = createServer({ cert: readFileSync(cert), key: readFileSync(key) }, (request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.once('end', () => {
    const review = JSON.parse(Buffer.concat(chunks).toString('utf8'));
    const answer = {
      apiVersion: review.apiVersion,
      kind: review.kind,
      response: { uid: review.request.uid, allowed: true },
    };
    const body = JSON.stringify(answer);
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) });
    response.end(body);
  });
});
server.listen(0, '127.0.0.1', () =>
  process.stderr.write(`https://127.0.0.1:${(server.address() as AddressInfo).port}\n`),
);
