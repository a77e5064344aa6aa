// Judges `replace` and `remove` operations: they may only touch what cwii wrote in an earlier admission.

/** An operation of a JSON Patch. */
export interface AnyOperation {
  readonly op: string;
  readonly path: string;
  readonly value?: unknown;
}

type Tree = Record<string, unknown>;

/** The variables that cwii writes into the user's containers. */
const VARIABLES =
  /^(AWS_(ROLE_ARN|WEB_IDENTITY_TOKEN_FILE|REGION|DEFAULT_REGION|ROLE_SESSION_NAME|STS_REGIONAL_ENDPOINTS|CONFIG_FILE|SDK_LOAD_CONFIG)|CWII_POD_(NAME|UID)|AZURE_(CLIENT_ID|TENANT_ID|FEDERATED_TOKEN_FILE|AUTHORITY_HOST)|[A-Z]+_TOKEN_FILE|GOOGLE_APPLICATION_CREDENTIALS|GOOGLE_CLOUD_PROJECT|CLOUDSDK_AUTH_CREDENTIAL_FILE_OVERRIDE|CLOUDSDK_CORE_PROJECT|CLOUDSDK_CONFIG|CLOUDSDK_CORE_DISABLE_FILE_LOGGING)$/;

/** The first operation that changes or removes something of the user; undefined if there is none. */
export function touchesUser(pod: unknown, patch: readonly AnyOperation[]): AnyOperation | undefined {
  return patch.find(({ op, path }) => op !== 'add' && !isOwn(pod, path.slice(1).split('/')));
}

/** The paths are those of the pod as it was sent: removals follow replacements and go from the end. */
function isOwn(pod: unknown, path: readonly string[]): boolean {
  const item = at(pod, path);
  const name = String((item as Tree | undefined)?.['name']);
  const place = path.join('/');
  if (/^spec\/(volumes|initContainers)\/\d+$/.test(place)) return name.startsWith('cwii-');
  const container = at(pod, path.slice(0, 3)) as Tree | undefined;
  const isOwnContainer = path[1] === 'initContainers' && String(container?.['name']).startsWith('cwii-');
  if (/^spec\/initContainers\/\d+\/command\/2$/.test(place)) return isOwnContainer;
  if (/^spec\/(initContainers|containers)\/\d+\/volumeMounts\/\d+$/.test(place)) return name.startsWith('cwii-');
  if (!/^spec\/(initContainers|containers)\/\d+\/env\/\d+$/.test(place)) return false;
  const mounts = (container?.['volumeMounts'] ?? []) as readonly { readonly name?: unknown }[];
  const hasMount = Array.isArray(mounts) && mounts.some((mount) => String(mount?.name).startsWith('cwii-'));
  return hasMount && (isOwnContainer || (VARIABLES.test(name) && isStated(pod)));
}

/** Whether the pod says that cwii was here. Without that, its variables may be the user's. */
function isStated(pod: unknown): boolean {
  return Boolean(at(pod, ['metadata', 'annotations', 'cwii.dev/injected']));
}

/** The pod without what the operations replace or remove: the rest must be kept. */
export function withoutTouched(pod: unknown, patch: readonly AnyOperation[]): unknown {
  const rest = structuredClone(pod);
  const paths = patch.filter(({ op }) => op !== 'add').map(({ path }) => path.slice(1).split('/'));
  const lists = new Map(paths.map((path) => [path.slice(0, -1).join('/'), at(rest, path.slice(0, -1))]));
  const touched = new Set(paths.map((path) => path.join('/')));
  for (const [place, list] of lists) {
    if (!Array.isArray(list)) continue;
    const kept = list.filter((_, index) => !touched.has(`${place}/${index}`));
    list.splice(0, list.length, ...kept);
  }
  return rest;
}

function at(root: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((value, key) => {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
    return (value as Tree)[key];
  }, root);
}
