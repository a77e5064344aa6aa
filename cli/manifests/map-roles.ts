// aws-iam-authenticator: the functions' roles and the users that they are.

import type { Commented } from './commented-yaml.ts';

/** Entries for `mapRoles` of the authenticator; a role's path is no part of what it compares. */
export function mapRoles(functions: readonly { readonly username: string; readonly roleArn: string }[]): Commented {
  return {
    object: {
      mapRoles: functions.map(({ username, roleArn }) => ({
        rolearn: roleArn.replace(/:role\/.*\//, ':role/'),
        username,
        groups: [],
      })),
    },
    comments: { 'mapRoles.0.groups': 'What the user may do is bound to its name in rbac.yaml.' },
  };
}
