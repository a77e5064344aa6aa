// Validates the names of Kubernetes objects. An invalid name never becomes part of a URL.

/** RFC 1123 subdomain, the API server's rule for most objects. */
const DNS_SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
/** RFC 1123 label, the API server's rule for namespaces. */
const DNS_LABEL = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;

export function isObjectName(name: string): boolean {
  return name.length <= 253 && DNS_SUBDOMAIN.test(name);
}

export function isNamespaceName(name: string): boolean {
  return name.length <= 63 && DNS_LABEL.test(name);
}

/** The longest name of an object, or `<generateName>*`. */
export const LONGEST_DISPLAY_NAME = 254;

/**
 * The name of an object in messages: `<generateName>*` if the API server has yet to generate one. Undefined
 * if it has neither.
 */
export function displayName({
  name,
  generateName,
}: {
  readonly name?: string | null | undefined;
  readonly generateName?: string | null | undefined;
}): string | undefined {
  return name || (generateName ? `${generateName}*` : undefined);
}
