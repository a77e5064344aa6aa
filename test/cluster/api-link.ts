// The link of testing/network/api-link.ts, for tests that import it from this folder.
export * from '../../testing/network/api-link.ts';
