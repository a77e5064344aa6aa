// Tests how the chunks of a body are collected.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BodyBuffer } from '../../../lib/common/body-buffer.ts';

describe('BodyBuffer', () => {
  it('has the text of all chunks, however they are cut', () => {
    const bytes = fc.uint8Array({ maxLength: 5000 });
    fc.assert(
      fc.property(fc.array(bytes, { maxLength: 20 }), (parts) => {
        const chunks = parts.map((part) => Buffer.from(part));
        const body = new BodyBuffer(200_000);
        for (const chunk of chunks) expect(body.append(chunk)).toBe(true);

        expect(body.text()).toBe(Buffer.concat(chunks).toString('utf8'));
      }),
    );
  });

  it('has a character whose bytes are in two chunks', () => {
    const bytes = Buffer.from('ä€');
    const body = new BodyBuffer(100);
    for (const byte of bytes) body.append(Buffer.from([byte]));

    expect(body.text()).toBe('ä€');
  });

  it('does not change its chunks', () => {
    const [first, second] = [Buffer.from('first'), Buffer.from('second')];
    const body = new BodyBuffer(100);
    body.append(first);
    body.append(second);

    expect([first.toString(), second.toString()]).toEqual(['first', 'second']);
  });

  it('is empty without chunks', () => {
    expect(new BodyBuffer(1).text()).toBe('');
  });

  it('takes as many bytes as the limit, and no chunk beyond it', () => {
    const body = new BodyBuffer(4);

    expect(body.append(Buffer.from('abc'))).toBe(true);
    expect(body.append(Buffer.from('de'))).toBe(false);
    expect(body.append(Buffer.from('d'))).toBe(true);
    expect(body.append(Buffer.from('e'))).toBe(false);
    expect(body.text()).toBe('abcd');
  });
});
