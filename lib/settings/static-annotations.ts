// Loads the static annotations: JSON or YAML, inline or from a file in the function's package.

import { ConfigError } from '../common/errors.ts';
import { parseJson } from '../common/json.ts';

/**
 * @param setting the value of CWII_STATIC_ANNOTATIONS: a list, or the path of a file that contains one.
 * @throws {ConfigError} if the file cannot be read, or the text is neither JSON nor YAML.
 */
export async function loadStaticAnnotations(setting: string): Promise<unknown> {
  const inline = /^[[{-]|\n/.test(setting);
  const text = inline ? setting : await readText(setting.replace(/^file:/, ''));
  const json = parseJson(text);
  if (json !== undefined) return json;
  try {
    // Loaded only if the text is not JSON, because the YAML parser takes a hundred times as long.
    return (await import('yaml')).parse(text);
  } catch (error) {
    throw problem(`is neither JSON nor YAML: ${(error as Error).message.split('\n')[0]}`, error);
  }
}

async function readText(path: string): Promise<string> {
  try {
    const { readFile } = await import('node:fs/promises');
    return await readFile(path, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw problem(
      `names the file ${path}, which cannot be read (${code}); write a list, or the path of a file in the package of the function`,
      error,
    );
  }
}

function problem(words: string, cause: unknown): ConfigError {
  const error = new ConfigError([`CWII_STATIC_ANNOTATIONS ${words}`]);
  error.cause = cause;
  return error;
}
