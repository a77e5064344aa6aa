// Says where two texts that must be identical differ, because clouds compare issuers byte by byte.

/** One sentence about the first difference, such as `They differ only in the slash at the end.` */
export function differenceOf(found: string, wanted: string): string {
  if (found === `${wanted}/` || wanted === `${found}/`) return 'They differ only in the slash at the end.';
  if (found.replace(/^https?:/, '') === wanted.replace(/^https?:/, '')) return 'They differ only in http and https.';
  let position = 0;
  while (position < found.length && found[position] === wanted[position]) position++;
  if (found.toLowerCase() === wanted.toLowerCase())
    return `They differ only in upper and lower case, from character ${position + 1}: "${found[position]}" and "${wanted[position]}".`;
  const at = position < found.length ? `"${found.slice(position, position + 12)}"` : 'the end';
  const other = position < wanted.length ? `"${wanted.slice(position, position + 12)}"` : 'the end';
  return `They differ from character ${position + 1}: ${at} and ${other}.`;
}
