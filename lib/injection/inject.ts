// Converts an injection plan to a JSON Patch (RFC 6902) on the raw pod.

import type { AddOperation, RemoveOperation, ReplaceOperation } from 'fast-json-patch';
import { fieldOf } from '../common/json.ts';
import type { Correction, InjectionPlan } from './plan.ts';

/**
 * An operation of RFC 6902. cwii adds to what the user wrote. It replaces and removes only what cwii wrote in
 * an earlier admission.
 */
export type PatchOperation = AddOperation<unknown> | ReplaceOperation<unknown> | RemoveOperation;

/**
 * The operations, one for each item, that apply `plan` to `pod`.
 *
 * @param pod the raw pod as the API server sent it. An absent or null list or map is added together with its
 * items.
 */
export function inject(pod: unknown, plan: InjectionPlan): PatchOperation[] {
  const operations: PatchOperation[] = [];
  const add = (pointer: string, value: unknown) => void operations.push({ op: 'add', path: pointer, value });
  const append = (pointer: string, list: unknown, items: readonly unknown[]) => {
    if (items.length === 0) return;
    if (Array.isArray(list)) for (const item of items) add(`${pointer}/-`, item);
    else add(pointer, items);
  };

  const annotations = Object.entries(plan.annotations);
  if (annotations.length > 0) {
    const metadata = fieldOf(pod, 'metadata');
    if (!isContainer(metadata)) add('/metadata', { annotations: plan.annotations });
    else if (!isContainer(fieldOf(metadata, 'annotations'))) add('/metadata/annotations', plan.annotations);
    else for (const [key, value] of annotations) add(`/metadata/annotations/${escapeToken(key)}`, value);
  }

  operations.push(...corrected(plan.corrections));

  const spec = fieldOf(pod, 'spec');
  append('/spec/volumes', fieldOf(spec, 'volumes'), plan.volumes);
  for (const { list, index, env, volumeMounts } of plan.containers) {
    const container = fieldOf(fieldOf(spec, list), String(index));
    append(`/spec/${list}/${index}/env`, fieldOf(container, 'env'), env);
    append(`/spec/${list}/${index}/volumeMounts`, fieldOf(container, 'volumeMounts'), volumeMounts);
  }

  // Last, because they shift the indexes of the pod's own init containers, as each one does for the next
  // ones.
  const removed = plan.removedInitContainers.toSorted((one, other) => other - one);
  for (const index of removed) operations.push({ op: 'remove', path: `/spec/initContainers/${index}` });
  const initContainers = fieldOf(spec, 'initContainers');
  const added = plan.initContainers.filter(({ containers }) => containers.length > 0);
  if (Array.isArray(initContainers)) {
    let shift = 0;
    for (const { before, containers } of added) {
      const place = before - removed.filter((index) => index < before).length;
      for (const container of containers) add(`/spec/initContainers/${place + shift++}`, container);
    }
  } else {
    const containers = added.flatMap((own) => own.containers);
    append('/spec/initContainers', initContainers, containers);
  }
  return operations;
}

/** Replacements, then removals from the end of each list, so that no index shifts. */
function corrected(corrections: readonly Correction[]): PatchOperation[] {
  const pathOf = ({ list, index }: Correction) => `/${[...list, index].join('/')}`;
  const removals = corrections.filter(({ item }) => item === undefined);
  return [
    ...corrections.flatMap((correction): PatchOperation[] =>
      correction.item === undefined ? [] : [{ op: 'replace', path: pathOf(correction), value: correction.item }],
    ),
    ...removals
      .toSorted((one, other) => other.index - one.index)
      .map((correction): PatchOperation => ({ op: 'remove', path: pathOf(correction) })),
  ];
}

/** Escapes a reference token (RFC 6901, section 3). */
function escapeToken(token: string): string {
  return token.replaceAll('~', '~0').replaceAll('/', '~1');
}

/** An object, or a list, with its indexes as fields. */
function isContainer(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
