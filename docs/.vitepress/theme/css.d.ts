// Lets TypeScript accept the import of a style sheet, which VitePress resolves.

declare module '*.css';
