// Options that several commands about manifests share.

import { InvalidArgumentError } from 'commander';
import { isNamespaceName } from '../../lib/kubernetes/names.ts';
import { NAMESPACE_FORMAT } from './manifest-files.ts';

export function parseNamespace(text: string): string {
  if (!isNamespaceName(text))
    throw new InvalidArgumentError(`"${text}" cannot be the name of a namespace; write ${NAMESPACE_FORMAT}.`);
  return text;
}
