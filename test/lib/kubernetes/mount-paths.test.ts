// Tests the comparison of paths in containers.

import { describe, expect, it } from 'vitest';
import { isWithin, placeOf } from '../../../lib/kubernetes/mount-paths.ts';

describe('placeOf', () => {
  it.each([
    ['/var/run/secrets', '/run/secrets'],
    ['/var/run', '/run'],
    ['/run/secrets/', '/run/secrets'],
    ['//run///secrets', '/run/secrets'],
    ['/run/./secrets/.', '/run/secrets'],
    ['/run/x/../secrets', '/run/secrets'],
    ['/../../run/secrets', '/run/secrets'],
    ['/var/./run/secrets', '/run/secrets'],
    ['/var/lib/../run', '/run'],
    ['run/secrets', '/run/secrets'],
    ['', '/'],
    ['/', '/'],
    ['/var/running', '/var/running'],
    ['/Run/secrets', '/Run/secrets'],
    ['C:\\run', '/C:\\run'],
  ])('resolves %j to %j', (path, place) => {
    expect(placeOf(path, false)).toBe(place);
  });

  it.each([
    ['C:\\var\\run\\Secrets', '/var/run/secrets'],
    ['c:/var/run/secrets/', '/var/run/secrets'],
    ['\\var\\run\\..\\run\\secrets', '/var/run/secrets'],
    ['/var/run/secrets', '/var/run/secrets'],
    ['C:\\', '/'],
    ['D:\\var\\run', '/d:/var/run'],
  ])('resolves %j to %j on Windows', (path, place) => {
    expect(placeOf(path, true)).toBe(place);
  });

  it('resolves a long path in linear time', () => {
    // Quadratic work on three million characters would exceed the time limit of the test.
    const path = `${'/a'.repeat(500_000)}${'/..'.repeat(500_000)}/run`;

    expect(placeOf(path, false)).toBe('/run');
  });
});

describe('isWithin', () => {
  it.each([
    ['/run/secrets', '/run/secrets', true],
    ['/run/secrets/a', '/run/secrets', true],
    ['/run/secrets', '/', true],
    ['/run/secrets-2', '/run/secrets', false],
    ['/run', '/run/secrets', false],
  ])('says of %j in %j: %j', (place, other, within) => {
    expect(isWithin(place, other)).toBe(within);
  });
});
