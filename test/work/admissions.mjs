// A program for valgrind: that many admissions of the usual pod. In JavaScript, because Node.js strips types by
// WebAssembly, which there is not without V8's compilers. Arguments: the bundle, how many, the event.

const [bundle, count, event] = process.argv.slice(2);
process.stdout.write = () => true;
const { handler } = await import(bundle);
for (let round = 0; round < Number(count); round++) {
  const asked = JSON.parse(event);
  // Just received: under valgrind a run takes longer than a webhook's timeout.
  asked.requestContext.timeEpoch = Date.now();
  const { statusCode, body } = await handler(asked, {});
  if (statusCode !== 200 || !body.includes('"patch"')) throw new Error(`the handler answered ${statusCode}: ${body}`);
}
// Stays alive for nothing.
process.exit(0);
