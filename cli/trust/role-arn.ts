// The parts of the ARN of an IAM role.

export interface RoleParts {
  readonly partition: string;
  readonly account: string;
  /** `/`, or a path with slashes at both ends. */
  readonly path: string;
  readonly name: string;
}

/** @param arn fits ROLE_ARN. */
export function partsOf(arn: string): RoleParts {
  const [, partition = '', , , account = '', ...resource] = arn.split(':');
  const [, ...segments] = resource.join(':').split('/');
  const name = segments.pop() ?? '';
  return { partition, account, path: segments.length === 0 ? '/' : `/${segments.join('/')}/`, name };
}
