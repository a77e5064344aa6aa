// Turns a plan into a JSON Patch (RFC 6902) on the raw pod. Alone knows JSON pointers.

import type { AddOperation } from 'fast-json-patch';
// The package's one module that is needed: its entry brings 9 KB of patch application onto the cold path.
import { escapePathComponent } from 'fast-json-patch/module/helpers.mjs';
import type { InjectionPlan } from './plan.ts';

/** One `add` of RFC 6902, section 4.1. No other operation is ever made: what the user wrote stays. */
export type PatchOperation = AddOperation<unknown>;

/**
 * The operations, one an item, that carry out `plan` on `pod`.
 *
 * @param pod the raw pod as the API server sent it; where a list or map is absent or null, it is added with its first items.
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
    else for (const [key, value] of annotations) add(`/metadata/annotations/${escapePathComponent(key)}`, value);
  }

  const spec = fieldOf(pod, 'spec');
  append('/spec/volumes', fieldOf(spec, 'volumes'), plan.volumes);
  for (const { list, index, env, volumeMounts } of plan.containers) {
    const container = fieldOf(fieldOf(spec, list), String(index));
    append(`/spec/${list}/${index}/env`, fieldOf(container, 'env'), env);
    append(`/spec/${list}/${index}/volumeMounts`, fieldOf(container, 'volumeMounts'), volumeMounts);
  }

  // Last, because they move the indexes of the pod's own init containers; so does each one for those behind it.
  const initContainers = fieldOf(spec, 'initContainers');
  const added = plan.initContainers.filter(({ containers }) => containers.length > 0);
  if (Array.isArray(initContainers)) {
    let moved = 0;
    for (const { before, containers } of added) {
      for (const container of containers) add(`/spec/initContainers/${before + moved++}`, container);
    }
  } else {
    const containers = added.flatMap((own) => own.containers);
    append('/spec/initContainers', initContainers, containers);
  }
  return operations;
}

/** Of the object itself: what it inherits is nothing that was sent. */
function fieldOf(value: unknown, name: string): unknown {
  return isContainer(value) && Object.hasOwn(value, name) ? value[name] : undefined;
}

/** An object, or a list, whose fields are its indexes. */
function isContainer(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
