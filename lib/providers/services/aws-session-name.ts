// Names of AWS sessions with references to the pod and its ServiceAccount.

import type { Explicit } from '../../annotations/resolve.ts';
import type { Pod } from '../../kubernetes/pod.ts';
import type { EnvVar } from '../plan.ts';
import type { EvaluationInput, Extras } from '../provider.ts';
import type { Toolbox } from '../toolbox.ts';

/** RoleSessionName in the STS API reference, AssumeRole. */
const SESSION_NAME = /^[\w+=,.@-]{2,64}$/;
const LONGEST = 64;

const UID_LENGTH = 36;

/** A part of the name. `late` is a field of the pod that only the kubelet knows. */
type Part =
  | { readonly text: string; readonly referenced: boolean; readonly late?: undefined }
  | { readonly late: 'name' | 'uid'; readonly length: number };

/**
 * The variables of a session name. Known values become text, which is shortened to the 64 characters that STS
 * accepts. The kubelet resolves the others: Kubernetes expands `$(NAME)` in a variable's value.
 */
export function readTemplate(session: Explicit<string>, input: EvaluationInput, tools: Toolbox): Extras {
  const read = partsOf(session.value, input);
  const invalid = { env: [], findings: [tools.findingOf('aws-session-name-invalid', tools.locationOf(session))] };
  if (!read) return invalid;
  const { parts, length } = shortened(read);
  const value = parts.map((part) => (part.late ? `$(${variableOf(part.late)})` : part.text)).join('');
  // Every late value has at least two of the characters that STS accepts.
  const sample = parts.map((part) => (part.late ? 'xx' : part.text)).join('');
  if (!SESSION_NAME.test(sample.slice(0, LONGEST)) || /[^\w+=,.@-]/.test(sample)) return invalid;
  const late = new Set(parts.flatMap((part) => part.late ?? []));
  if (late.size === 0 && length > LONGEST) return invalid;
  const place = tools.locationOf(session);
  return {
    env: variables(parts, value, late, tools),
    findings: length > LONGEST ? [tools.findingOf('aws-session-name-long', place, { longest: LONGEST })] : [],
  };
}

function variables(
  parts: readonly Part[],
  value: string,
  late: ReadonlySet<'name' | 'uid'>,
  tools: Toolbox,
): readonly EnvVar[] {
  const [only] = parts;
  if (parts.length === 1 && only?.late) return [tools.podField(VARIABLE, `metadata.${only.late}`)];
  const fields = [...late].map((field) => tools.podField(variableOf(field), `metadata.${field}`));
  return [...fields, { name: VARIABLE, value }];
}

const VARIABLE = 'AWS_ROLE_SESSION_NAME';

function variableOf(field: 'name' | 'uid'): string {
  return `CWII_POD_${field.toUpperCase()}`;
}

/** The session name as text; undefined if it is invalid, or contains what only the kubelet knows. */
export function knownSessionName(text: string, input: EvaluationInput, pod: Pod): string | undefined {
  const named = pod.name.length === pod.longestName ? text.replaceAll('$(pod.name)', pod.name.slice(0, LONGEST)) : text;
  const read = partsOf(named, { namespace: input.namespace, pod });
  if (!read || read.some(({ late }) => late)) return undefined;
  const name = shortened(read).parts.map((part) => part.late ?? part.text);
  const whole = name.join('').slice(0, LONGEST);
  return SESSION_NAME.test(whole) ? whole : undefined;
}

/** Undefined if the text refers to something that does not exist. */
function partsOf(text: string, { namespace, pod }: Pick<EvaluationInput, 'namespace' | 'pod'>): Part[] | undefined {
  const parts: Part[] = [];
  // The odd elements are references.
  for (const [index, element] of text.split(/\$\(([^()]*)\)/).entries()) {
    if (index % 2 === 0) {
      if (element !== '') parts.push({ text: element, referenced: false });
    } else if (element === 'pod.name') parts.push({ late: 'name', length: pod?.longestName ?? 0 });
    else if (element === 'pod.uid') parts.push({ late: 'uid', length: UID_LENGTH });
    else if (element === 'pod.namespace') parts.push({ text: namespace, referenced: true });
    // Without a pod, only the form counts.
    else if (element === 'serviceaccount.name')
      parts.push({ text: pod?.serviceAccountName ?? 'name', referenced: true });
    else return undefined;
  }
  return parts;
}

/** Cuts the ends of referenced texts, the longest first, until the name fits or nothing is left to cut. */
function shortened(parts: readonly Part[]): { readonly parts: readonly Part[]; readonly length: number } {
  const result = [...parts];
  for (;;) {
    const length = result.reduce((sum, part) => sum + (part.late ? part.length : part.text.length), 0);
    const longest = result.reduce<number | undefined>((best, part, index) => {
      if (part.late || !part.referenced || part.text.length < 2) return best;
      const other = best === undefined ? undefined : result[best];
      return other && !other.late && other.text.length >= part.text.length ? best : index;
    }, undefined);
    const part = longest === undefined ? undefined : result[longest];
    if (length <= LONGEST || longest === undefined || !part || part.late) return { parts: result, length };
    result[longest] = { ...part, text: part.text.slice(0, -1) };
  }
}
