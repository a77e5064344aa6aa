// Tests which mounts and devices of a container are in the way of a planned mount.

import { describe, expect, it } from 'vitest';
import { findObstacle } from '../../../lib/injection/compare.ts';
import type { ContainerView, VolumeView } from '../../../lib/kubernetes/review.ts';

const planned = { name: 'token', mountPath: '/var/run/secrets/cwii.dev/aws', readOnly: true } as const;
const writable = { name: 'v', emptyDir: {} };

function obstacleIn(container: Partial<ContainerView>, volume: VolumeView = writable, windows = false) {
  const volumes = new Map([[volume.name, volume]]);
  return findObstacle({ name: 'app', ...container }, planned, { windows, volumes });
}

function mounted(mountPath: string, more: object = {}): Partial<ContainerView> {
  return { volumeMounts: [{ name: 'v', mountPath, ...more }] };
}

describe('findObstacle, for a mount above the path,', () => {
  it.each<[source: string, volume: VolumeView]>([
    ['a Secret', { name: 'v', secret: { secretName: 's' } }],
    ['a ConfigMap', { name: 'v', configMap: { name: 'c' } }],
    ['a projected volume', { name: 'v', projected: { sources: [] } }],
    ['a downwardAPI volume', { name: 'v', downwardAPI: { items: [] } }],
    ['an image', { name: 'v', image: { reference: 'registry.example.com/data:1' } }],
    ['a claim that is read-only', { name: 'v', persistentVolumeClaim: { claimName: 'c', readOnly: true } }],
    ['a CSI volume that is read-only', { name: 'v', csi: { driver: 'secrets-store.csi.k8s.io', readOnly: true } }],
    ['an NFS share that is read-only', { name: 'v', nfs: { server: 's', path: '/', readOnly: true } }],
  ])('reports %s', (_, volume) => {
    const obstacle = { kind: 'read-only-parent', name: 'v', path: '/run/secrets' };

    expect(obstacleIn(mounted('/run/secrets'), volume)).toEqual(obstacle);
  });

  it.each<[source: string, volume: VolumeView]>([
    ['an empty volume', writable],
    ['a directory of the node', { name: 'v', hostPath: { path: '/var/run' } }],
    ['a claim', { name: 'v', persistentVolumeClaim: { claimName: 'c' } }],
    ['a CSI volume', { name: 'v', csi: { driver: 'd', readOnly: false } }],
    ['a volume without a source', { name: 'v' }],
    ['a volume with null as source', { name: 'v', secret: null }],
  ])('accepts %s unless the mount is read-only', (_, volume) => {
    expect(obstacleIn(mounted('/var/run'), volume)).toBeUndefined();
    expect(obstacleIn(mounted('/var/run', { readOnly: true }), volume)).toMatchObject({ kind: 'read-only-parent' });
  });

  it('accepts a mount of a volume that the pod does not have', () => {
    expect(obstacleIn({ volumeMounts: [{ name: 'unknown', mountPath: '/run' }] })).toBeUndefined();
  });

  it.each([
    { read: '/run', write: '/run/secrets', kind: undefined },
    { read: '/run/secrets', write: '/run', kind: 'read-only-parent' },
  ])('lets the nearest one decide: read-only at $read, writable at $write', ({ read, write, kind }) => {
    const outer = { name: 'v', mountPath: read, readOnly: true };
    const inner = { name: 'v', mountPath: write };

    expect(obstacleIn({ volumeMounts: [outer, inner] })?.kind).toBe(kind);
    expect(obstacleIn({ volumeMounts: [inner, outer] })?.kind).toBe(kind);
  });

  it('reports a volume with a reserved name, which may be added only later', () => {
    const volumeMounts = [{ name: 'cwii-gcp-creds', mountPath: '/' }];

    expect(obstacleIn({ volumeMounts })).toEqual({ kind: 'read-only-parent', name: 'cwii-gcp-creds', path: '/' });
  });

  it.each([
    '/',
    '/run',
    '/var',
    '/var/run/secrets',
    '//var/./run/secrets/',
    '/run/x/../secrets',
    '/run/secrets/cwii.dev',
  ])('reports a read-only mount at %s', (path) => {
    const kind = path === '/var' ? undefined : 'read-only-parent';

    expect(obstacleIn(mounted(path, { readOnly: true }))?.kind).toBe(kind);
  });

  it.each(['/var/run/secrets/kubernetes.io/serviceaccount', '/run/secrets/cwii', '/run/secrets/cwii.dev/az'])(
    'accepts a read-only mount beside it, at %s',
    (path) => {
      expect(obstacleIn(mounted(path, { readOnly: true }))).toBeUndefined();
    },
  );
});

describe('findObstacle, for a mount at or below the path,', () => {
  it.each(['/run/secrets/cwii.dev/aws', '/var/run/secrets//cwii.dev/./aws/', '/run/secrets/cwii.dev/aws/token'])(
    'reports a writable mount at %s',
    (path) => {
      expect(obstacleIn(mounted(path))).toEqual({ kind: 'taken', name: 'v', path });
    },
  );

  it('compares paths on Windows without regard to case', () => {
    const path = 'C:\\VAR\\run\\secrets\\cwii.dev\\aws';

    expect(obstacleIn(mounted(path), writable, true)).toEqual({ kind: 'taken', name: 'v', path });
    expect(obstacleIn(mounted(path))).toBeUndefined();
  });

  it.each(['/run/secrets/cwii.dev/aws', '/run/secrets/cwii.dev/aws/disk', '/run/secrets'])(
    'reports a block device at %s',
    (devicePath) => {
      const container = { volumeDevices: [{ name: 'disk', devicePath }] };

      expect(obstacleIn(container)).toEqual({ kind: 'taken', name: 'disk', path: devicePath });
    },
  );

  it('accepts a block device elsewhere', () => {
    expect(obstacleIn({ volumeDevices: [{ name: 'disk', devicePath: '/dev/xvda' }] })).toBeUndefined();
  });
});
