// The error for a manifest that cannot be read, with its place.

import { CwiiError } from '../../lib/common/errors.ts';

export class ManifestError extends CwiiError {
  override name = 'ManifestError';

  /** @param place the file and the place in it, such as `pods.yaml, document 2`. */
  constructor(place: string, message: string, options?: ErrorOptions) {
    super('manifest-invalid', `${place}: ${message}`, options);
  }
}
