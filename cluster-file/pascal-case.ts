// How a name becomes one of CloudFormation's, which are of letters and digits.

/** `shop-checkout` becomes `ShopCheckout`; so does `shop.checkout`. */
export function pascalCase(name: string): string {
  return name
    .split(/[^A-Za-z0-9]+/)
    .map((part) => part.charAt(0).toUpperCase() + part.slice(1))
    .join('');
}
