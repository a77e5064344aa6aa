// Preloaded into a server under test: prints its use of resources to standard error on SIGUSR2.

process.on('SIGUSR2', () => {
  const { maxRSS, userCPUTime, systemCPUTime } = process.resourceUsage();
  const usage = { maxRssMb: maxRSS / 1024, cpuMs: (userCPUTime + systemCPUTime) / 1000 };
  process.stderr.write(`usage ${JSON.stringify(usage)}\n`);
});
