// The input of `cwii trust`: the ServiceAccounts, their issuer, and the identity that they share.

import type { Issuer } from '../../cluster-file/issuer-url.ts';
import { CwiiError } from '../../lib/common/errors.ts';
import { type Identity, type ServiceAccountName, subjectOf } from './identities.ts';

export interface TrustInput<I extends Identity = Identity> {
  readonly identity: I;
  /** The ServiceAccounts that get the identity; at least one. */
  readonly serviceAccounts: readonly [ServiceAccountName, ...ServiceAccountName[]];
  readonly issuer: Issuer;
  /** The name of the cluster in cwii.yaml, for the names of what is created. */
  readonly clusterName: string | undefined;
  /** Also create the identity provider of the issuer, where the format cannot test whether it exists. */
  readonly createProvider: boolean;
  /** Azure: the client ID is of an app registration, not of a managed identity. */
  readonly application: boolean;
}

export const trustFormats = ['json', 'cli', 'terraform', 'cdk', 'text'] as const;
export type TrustFormat = (typeof trustFormats)[number];

/** The outputs of one cloud. */
export type TrustWriter<I extends Identity> = Readonly<Partial<Record<TrustFormat, (input: TrustInput<I>) => string>>>;

export function invalidInput(message: string): CwiiError {
  return new CwiiError('trust-input-invalid', message);
}

/** Such as `ServiceAccount shop/checkout`, or `ServiceAccounts shop/a, shop/b`. */
export function namesOf(serviceAccounts: readonly ServiceAccountName[]): string {
  const names = serviceAccounts.map(({ namespace, name }) => `${namespace}/${name}`).join(', ');
  return `ServiceAccount${serviceAccounts.length > 1 ? 's' : ''} ${names}`;
}

export function subjectsOf({ serviceAccounts }: Pick<TrustInput, 'serviceAccounts'>): string[] {
  return serviceAccounts.map(subjectOf);
}

export function jsonText(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

export function script(...lines: readonly string[]): string {
  return `${['#!/bin/sh', ...lines].join('\n')}\n`;
}
