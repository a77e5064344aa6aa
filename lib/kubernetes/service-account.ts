// The ServiceAccount of a pod that names none: what the API server fills in before it calls webhooks.

/** A pod's spec with the name that it gets: from the deprecated field, else `default`. */
export function withServiceAccount(spec: unknown): unknown {
  if (typeof spec !== 'object' || spec === null || Array.isArray(spec)) return spec;
  const { serviceAccountName, serviceAccount } = spec as Record<string, unknown>;
  return serviceAccountName ? spec : { ...spec, serviceAccountName: serviceAccount || 'default' };
}
