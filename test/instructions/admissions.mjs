// Answers the same admission a number of times, for valgrind to count. Arguments: the bundle, the number, the
// event. JavaScript, because Node.js strips types with WebAssembly, which does not exist without V8's
// compilers.

const [bundle, count, event] = process.argv.slice(2);
process.stdout.write = () => true;
const { handler } = await import(bundle);
for (let round = 0; round < Number(count); round++) {
  const request = JSON.parse(event);
  // Just received: under valgrind a run takes longer than a webhook's timeout.
  request.requestContext.timeEpoch = Date.now();
  const { statusCode, body } = await handler(request, {});
  if (statusCode !== 200 || !body.includes('"patch"')) throw new Error(`the handler answered ${statusCode}: ${body}`);
}
// Open handles of the handler would keep the process alive.
process.exit(0);
