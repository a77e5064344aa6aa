// The package has types for its entry only; this module is a part of it.

declare module 'fast-json-patch/module/helpers.mjs' {
  export { escapePathComponent } from 'fast-json-patch';
}
