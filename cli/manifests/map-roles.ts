// Entries of aws-iam-authenticator: the roles of the functions and their users in the cluster.

import type { Commented } from './commented-yaml.ts';
import type { TrustedFunction } from './trusted-functions.ts';

/** Entries for `mapRoles` of the authenticator, which compares roles without their path. */
export function mapRoles(functions: readonly TrustedFunction[]): Commented {
  return {
    object: {
      mapRoles: functions.map(({ username, roleArn }) => ({
        rolearn: roleArn.replace(/:role\/.*\//, ':role/'),
        username,
        groups: [],
      })),
    },
    comments: { 'mapRoles.0.groups': 'The permissions of the user are in rbac.yaml.' },
  };
}
