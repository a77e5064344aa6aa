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
  const add = (pointer: string, value: unknown) => operations.push({ op: 'add', path: pointer, value });

  const append = (pointer: string[], items: readonly unknown[]) => {
    if (items.length === 0) return;
    if (Array.isArray(at(pod, pointer))) for (const item of items) add(pointerOf([...pointer, '-']), item);
    else add(pointerOf(pointer), items);
  };

  const annotations = Object.entries(plan.annotations);
  if (annotations.length > 0) {
    if (!isObject(at(pod, ['metadata']))) add('/metadata', { annotations: plan.annotations });
    else if (!isObject(at(pod, ['metadata', 'annotations']))) add('/metadata/annotations', plan.annotations);
    else for (const [key, value] of annotations) add(pointerOf(['metadata', 'annotations', key]), value);
  }

  append(['spec', 'volumes'], plan.volumes);
  for (const { list, index, env, volumeMounts } of plan.containers) {
    append(['spec', list, String(index), 'env'], env);
    append(['spec', list, String(index), 'volumeMounts'], volumeMounts);
  }

  // Last, because they move the indexes of the pod's own init containers; so does each one for those behind it.
  const added = plan.initContainers.filter(({ containers }) => containers.length > 0);
  if (Array.isArray(at(pod, ['spec', 'initContainers']))) {
    let moved = 0;
    for (const { before, containers } of added) {
      for (const container of containers) add(`/spec/initContainers/${before + moved++}`, container);
    }
  } else
    append(
      ['spec', 'initContainers'],
      added.flatMap(({ containers }) => containers),
    );
  return operations;
}

function pointerOf(path: readonly string[]): string {
  return path.map((part) => `/${escapePathComponent(part)}`).join('');
}

function at(value: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (inner, part) => (isObject(inner) && Object.hasOwn(inner, part) ? inner[part] : undefined),
    value,
  );
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
