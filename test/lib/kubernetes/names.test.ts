// Tests which names objects and namespaces can have.

import { describe, expect, it } from 'vitest';
import { isNamespaceName, isObjectName } from '../../../lib/kubernetes/names.ts';

describe('isObjectName', () => {
  it.each(['a', 'web', 'web-1', '0', 'a.b', 'web.v2-1.example', 'a'.repeat(253)])('accepts %s', (name) => {
    expect(isObjectName(name)).toBe(true);
  });

  it.each(['', '-a', 'a-', 'a..b', '.a', 'a.', 'A', 'a_b', 'a/b', '..', 'a b', 'a\n', 'a%2f', 'ä', 'a'.repeat(254)])(
    'rejects %j',
    (name) => {
      expect(isObjectName(name)).toBe(false);
    },
  );
});

describe('isNamespaceName', () => {
  it.each(['a', 'shop', 'shop-1', 'a'.repeat(63)])('accepts %s', (name) => {
    expect(isNamespaceName(name)).toBe(true);
  });

  it.each(['', 'a.b', 'A', '-a', 'a-', 'a/b', 'a\n', 'a'.repeat(64)])('rejects %j', (name) => {
    expect(isNamespaceName(name)).toBe(false);
  });
});
