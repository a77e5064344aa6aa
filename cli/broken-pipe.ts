// Handles the end of the program that reads a command's output.

/** A reader such as `head` closes the pipe when it has enough, which is not a failure. */
export function endOnBrokenPipe(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error;
  process.exit();
}

/** For a server: admissions go on without readers. */
export function outliveReaders(): void {
  process.stdout.off('error', endOnBrokenPipe);
  // Standard output reports its own errors, in the server's log; those of standard error have no reader.
  process.stderr.on('error', () => undefined);
}
