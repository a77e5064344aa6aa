// Built-in modules of Node.js that are loaded with process.getBuiltinModule, to keep the cold start short.
//
// An ES module import of a built-in module evaluates everything that the module exports lazily: 3.5 ms of a
// cold start for node:util, 0.5 ms for node:crypto (docs/decisions/017-what-a-start-loads.md).

export const crypto = process.getBuiltinModule('node:crypto');

export const { isDeepStrictEqual } = process.getBuiltinModule('node:util');

export const { posix } = process.getBuiltinModule('node:path');
