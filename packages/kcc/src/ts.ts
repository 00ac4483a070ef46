import { createRequire } from 'node:module';
import type ts from 'typescript';

/**
 * The TypeScript package, of which kcc uses the parser. `require` because importing this large CommonJS file
 * costs a third of a second more.
 */
const tsc: typeof ts = createRequire(import.meta.url)('typescript');

export default tsc;
