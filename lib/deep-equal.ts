// Deep equality, without what an import of node:util costs.

/**
 * As `node:util` has it. An ES module import of it would evaluate everything else that it exports on demand: 3.5 ms of a
 * cold start.
 */
export const { isDeepStrictEqual } = process.getBuiltinModule('node:util');
