// The Kubernetes versions that cwii supports, and what differs between them.

/** The oldest and the newest minor version of 1.x on which the cluster tests were run. */
export const OLDEST_MINOR = 30;
export const NEWEST_MINOR = 37;

/** AuthenticationConfiguration is `v1beta1` from 1.30 and also `v1` from 1.34. */
const MINOR_WITH_STABLE_AUTHENTICATION = 34;

/** A version in cwii.yaml, such as `1.34`. */
export const KUBERNETES_VERSION = /^1\.(0|[1-9]\d{0,2})$/;

export type AuthenticationApiVersion = 'v1' | 'v1beta1';

/** The minor version of `1.<minor>`. */
export function minorOf(version: string): number {
  return Number(version.slice('1.'.length));
}

/**
 * The version in which the API server reads an AuthenticationConfiguration. An API server does not start
 * with a version that it does not know. `v1beta1` is right for an unknown version: all supported versions
 * read it.
 */
export function authenticationApiVersion(version: string | undefined): AuthenticationApiVersion {
  return version !== undefined && minorOf(version) >= MINOR_WITH_STABLE_AUTHENTICATION ? 'v1' : 'v1beta1';
}
