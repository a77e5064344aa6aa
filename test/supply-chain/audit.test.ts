// Knows what becomes of the registry's word on vulnerabilities: a severe one in what is shipped fails, all
// else is told.

import { describe, expect, it } from 'vitest';
import { type AuditReport, judge } from '../../supply-chain/audit.ts';

const shipped = ['node_modules/zod', 'node_modules/yaml'];
const found = (severity: string, node: string) => ({
  vulnerabilities: { [node.split('/').at(-1) ?? '']: { severity, range: '<1.0.0', nodes: [node] } },
});

describe('an audit', () => {
  it.each(['high', 'critical'])('fails on a %s vulnerability of a package that is shipped', (severity) => {
    const { fails, lines } = judge(found(severity, 'node_modules/zod'), shipped);

    expect(fails).toBe(true);
    expect(lines[0]).toBe(`error: zod <1.0.0: ${severity}, shipped`);
  });

  it('only tells of a moderate one', () => {
    expect(judge(found('moderate', 'node_modules/zod'), shipped)).toMatchObject({
      fails: false,
      lines: ['warning: zod <1.0.0: moderate, shipped', expect.any(String)],
    });
  });

  it('only tells of a critical one in a package that builds or tests', () => {
    expect(judge(found('critical', 'node_modules/vitest'), shipped)).toMatchObject({
      fails: false,
      lines: ['warning: vitest <1.0.0: critical, only on machines that build', expect.any(String)],
    });
  });

  it('that finds nothing says how many packages it is about', () => {
    expect(judge({ vulnerabilities: {} }, shipped)).toEqual({
      fails: false,
      lines: ['2 shipped packages audited: no update is necessary'],
    });
  });

  it.each([404, 405, 501])(
    'that the registry does not do (%i) passes, and says that nothing was audited',
    (statusCode) => {
      const message = `${statusCode} - POST https://registry.example.com/\nmore`;

      expect(judge({ message, statusCode }, shipped)).toEqual({
        fails: false,
        lines: [
          `warning: nothing was audited, because the registry gives no report (${statusCode} - POST https://registry.example.com/)`,
        ],
      });
    },
  );

  // As npm 11 prints them.
  it.each<{ what: string; report: AuditReport; why: string }>([
    {
      what: 'the registry is out of order',
      report: { message: '503 Service Unavailable - POST https://registry.example.com/', statusCode: 503 },
      why: '503 Service Unavailable - POST https://registry.example.com/',
    },
    {
      what: 'the registry cannot be reached',
      report: { message: 'request to https://registry.example.com/ failed, reason: ', error: { summary: '' } },
      why: 'request to https://registry.example.com/ failed, reason: ',
    },
    {
      what: 'there is no lockfile',
      report: { error: { summary: 'This command requires an existing lockfile.' } },
      why: 'This command requires an existing lockfile.',
    },
    { what: 'npm says nothing', report: {}, why: 'no report' },
  ])('that was not made because $what fails', ({ report, why }) => {
    expect(judge(report, shipped)).toEqual({
      fails: true,
      lines: [`error: nothing was audited (${why}); run it again where the registry answers`],
    });
  });
});
