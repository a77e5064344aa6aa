// Knows how the stand-ins of the three clouds are run, and what a process needs to take them for the real ones.

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createTestAuthority } from '../../testing/certificates.ts';
import { awsHosts } from './aws-endpoint.ts';
import { azureHosts } from './azure-endpoint.ts';
import { gcpHosts } from './gcp-endpoint.ts';
import { type Question, startStandIn } from './stand-in.ts';
import type { ClusterIdentity } from './token-issuer.ts';
import { trust } from './trust.ts';

export interface Clouds {
  /** The certificate authority of the stand-ins, PEM. */
  readonly caPath: string;
  /** By host name. */
  readonly ports: Readonly<Record<string, number>>;
  readonly asked: Questions;
  stop(): Promise<void>;
}

/** What each cloud was asked, oldest first. */
export interface Questions {
  readonly aws: readonly Question[];
  readonly gcp: readonly Question[];
  readonly azure: readonly Question[];
}

/** @param directory for the authority's certificate. */
export async function startClouds(cluster: ClusterIdentity, directory: string): Promise<Clouds> {
  const authority = await createTestAuthority();
  const caPath = join(directory, 'clouds-ca.pem');
  await writeFile(caPath, authority.certPem);
  const certificate = await authority.issue([...awsHosts, ...gcpHosts, ...azureHosts]);
  const answers = trust(cluster);
  const [aws, gcp, azure] = await Promise.all([
    startStandIn(awsHosts, certificate, answers.aws),
    startStandIn(gcpHosts, certificate, answers.gcp),
    startStandIn(azureHosts, certificate, answers.azure),
  ]);
  const all = [aws, gcp, azure];
  return {
    caPath,
    ports: Object.fromEntries(all.flatMap(({ hosts, port }) => hosts.map((host) => [host, port]))),
    asked: { aws: aws.asked, gcp: gcp.asked, azure: azure.asked },
    stop: async () => {
      await Promise.all(all.map((standIn) => standIn.stop()));
    },
  };
}
