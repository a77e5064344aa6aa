// The HTML report as text: nothing that a manifest says becomes markup, and the page makes no request.

import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { html } from '../../../cli/html/markup.ts';
import { SCRIPT } from '../../../cli/html/script.ts';
import { STYLE } from '../../../cli/html/style.ts';
import { deployment, namespace, pod, serviceAccount, textOf } from '../audit/objects.ts';
import { cwii } from '../command.ts';

const pageOf = async (objects: Parameters<typeof textOf>[0]) => {
  const { status, stdout, stderr } = await cwii(['audit', '-f', '-', '-o', 'html'], {
    stdin: textOf(objects),
  });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  return stdout;
};

const cluster = (annotations: Readonly<Record<string, string>>) => [
  namespace(),
  serviceAccount('checkout', { annotations }),
  ...deployment(),
  pod('one'),
];

describe('the page', () => {
  it('allows only its own style and script', async () => {
    const page = await pageOf(cluster({}));
    const hash = (text: string) => `sha256-${createHash('sha256').update(text).digest('base64')}`;
    const policy = /Content-Security-Policy" content="([^"]+)"/.exec(page)?.[1]?.replaceAll('&#39;', "'");

    expect(policy?.split('; ')).toEqual([
      "default-src 'none'",
      `style-src '${hash(STYLE)}'`,
      `script-src '${hash(SCRIPT)}'`,
      "base-uri 'none'",
      "form-action 'none'",
    ]);
    expect(page).toContain(`<style>${STYLE}</style>`);
    expect(page).toContain(`<script>${SCRIPT}</script>`);
  });

  it('has no reference to anything outside of it', async () => {
    const page = await pageOf(cluster({ 'cwii.dev/aws-role-arn': 'https://evil.example/' }));

    expect(page.match(/\b(?:src|href|action|url)\s*[=(]\s*(?!["']?#)[^\s>]*/g) ?? []).toEqual([]);
  });

  it.each([
    '<script>alert(1)</script>',
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    '</title></style></script><svg onload=alert(1)>',
  ])('escapes %s', async (text) => {
    const page = await pageOf(cluster({ 'cwii.dev/aws-role-arn': text, 'cwii.dev/aws-region': text }));

    expect(page).not.toContain(text);
    expect(page.match(/<script/g)).toHaveLength(1);
    expect(page).not.toMatch(/<(img|svg onload)/);
  });
});

describe('html', () => {
  it('escapes texts, and keeps markup and lists of it', () => {
    const items = ['<', '&'].map((text) => html`<li>${text}</li>`);

    expect(html`<ul title="${'"'}">${items}${undefined}${false}${1}</ul>`.text).toBe(
      '<ul title="&quot;"><li>&lt;</li><li>&amp;</li>1</ul>',
    );
  });

  it('shows characters that reorder a text as their number', () => {
    expect(html`${'a\u202eb'}`.text).toBe('a\\u{202e}b');
  });
});
