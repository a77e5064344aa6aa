// The faults of testing/network/faults.ts, for tests that import them from this folder.
export * from '../../testing/network/faults.ts';
