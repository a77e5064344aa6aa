// What is worth knowing beside a command's output: to standard error, so that the output can be piped.

export function say(sentence: string): void {
  process.stderr.write(`cwii: ${sentence}\n`);
}
