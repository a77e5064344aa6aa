// Names that the stack of a cluster has in CloudFormation.

/** The stack of one cluster. */
export function stackNameOf(clusterName: string): string {
  return `cwii-${clusterName}`;
}

/** The stack of the dashboard over all clusters. */
export const FLEET_STACK = stackNameOf('fleet');

/**
 * CloudFormation's logical IDs have only letters and digits: `shop-checkout` and `shop.checkout` become
 * `ShopCheckout`.
 */
export function pascalCase(name: string): string {
  return name
    .split(/[^A-Za-z0-9]+/)
    .map((part) => part.charAt(0).toUpperCase() + part.slice(1))
    .join('');
}
