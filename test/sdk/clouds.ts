// Starts the fakes of the three clouds and of the services.

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createTestAuthority } from '../../testing/certificates.ts';
import { awsHosts } from './aws-endpoint.ts';
import { azureHosts } from './azure-endpoint.ts';
import { gcpHosts } from './gcp-endpoint.ts';
import { serviceHosts } from './services-endpoint.ts';
import { type Answer, type CloudRequest, json, startStandIn } from './stand-in.ts';
import type { ClusterIdentity } from './token-issuer.ts';
import { trust } from './trust.ts';

export interface Clouds {
  /** A PEM file with the certificate authority of the fakes. */
  readonly caPath: string;
  /** By host name. */
  readonly ports: Readonly<Record<string, number>>;
  readonly requests: CloudRequests;
  /** From now on, all clouds refuse this token, as if it had expired. */
  refuse(token: string): void;
  stop(): Promise<void>;
}

/** The requests to each cloud, oldest first. */
export interface CloudRequests {
  readonly aws: readonly CloudRequest[];
  readonly gcp: readonly CloudRequest[];
  readonly azure: readonly CloudRequest[];
}

/** The message of a refused token. */
export const REPLACED = 'the token was replaced';

/** @param directory for the authority's certificate. */
export async function startClouds(cluster: ClusterIdentity, directory: string): Promise<Clouds> {
  const authority = await createTestAuthority();
  const caPath = join(directory, 'clouds-ca.pem');
  await writeFile(caPath, authority.certPem);
  const certificate = await authority.issue([...awsHosts, ...gcpHosts, ...azureHosts, ...serviceHosts]);
  const answers = trust(cluster);
  const refused = new Set<string>();
  const unlessRefused = (answer: (request: CloudRequest) => Answer) => (request: CloudRequest) =>
    [...refused].some((token) => request.body.includes(token))
      ? json(400, { error: 'invalid_grant', error_description: REPLACED })
      : answer(request);
  const [aws, gcp, azure, services] = await Promise.all([
    startStandIn(awsHosts, certificate, unlessRefused(answers.aws)),
    startStandIn(gcpHosts, certificate, unlessRefused(answers.gcp)),
    startStandIn(azureHosts, certificate, unlessRefused(answers.azure)),
    startStandIn(serviceHosts, certificate, unlessRefused(answers.services)),
  ]);
  const all = [aws, gcp, azure, services];
  return {
    caPath,
    ports: Object.fromEntries(all.flatMap(({ hosts, port }) => hosts.map((host) => [host, port]))),
    requests: { aws: aws.requests, gcp: gcp.requests, azure: azure.requests },
    refuse: (token) => void refused.add(token),
    stop: async () => {
      await Promise.all(all.map((standIn) => standIn.stop()));
    },
  };
}
