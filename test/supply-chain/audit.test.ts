// Knows what becomes of the registry's word on vulnerabilities: a severe one in what is shipped fails, all else is told.

import { describe, expect, it } from 'vitest';
import { judge } from '../../supply-chain/audit.ts';

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
      lines: ['2 shipped packages audited: nothing that must be mended'],
    });
  });

  it('that the registry does not do passes, and says that nothing was audited', () => {
    expect(judge({ message: '405 Method Not Allowed - POST https://registry.example.com/\nmore' }, shipped)).toEqual({
      fails: false,
      lines: [
        'warning: nothing was audited, because the registry gives no report (405 Method Not Allowed - POST https://registry.example.com/)',
      ],
    });
  });
});
