// Image references, as the grammar of OCI registries defines them (distribution/reference).

/** `[host[:port]/]path[:tag][@digest]`. */
const REFERENCE =
  /^((?:(?:[A-Za-z0-9]|[A-Za-z0-9][A-Za-z0-9.-]*[A-Za-z0-9])(?::\d+)?\/)?[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*)*)(?::(\w[\w.-]{0,127}))?(?:@([A-Za-z][A-Za-z0-9.+_-]*:[0-9a-fA-F]{32,}))?$/;

export interface ImageReference {
  /** With the host and port of the registry, if the reference has them. */
  readonly repository: string;
  readonly tag: string | undefined;
  readonly digest: string | undefined;
}

/** The parts of a reference; undefined if the text is not one. */
export function parseImage(text: string): ImageReference | undefined {
  const [, repository, tag, digest] = REFERENCE.exec(text) ?? [];
  return repository === undefined ? undefined : { repository, tag, digest };
}

/** Splits a pattern as the grammar splits a reference: at `@`, and at a colon after the last slash. */
export function splitPattern(pattern: string): ImageReference {
  const [name, digest] = splitAt(pattern, pattern.indexOf('@'));
  const [repository, tag] = splitAt(name, name.indexOf(':', name.lastIndexOf('/') + 1));
  return { repository, tag, digest };
}

function splitAt(text: string, index: number): [string, string | undefined] {
  return index === -1 ? [text, undefined] : [text.slice(0, index), text.slice(index + 1)];
}
