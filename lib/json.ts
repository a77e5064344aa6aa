// JSON that others wrote.

/** The parsed text; undefined where it is no JSON, which every schema refuses as one more wrong value. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
