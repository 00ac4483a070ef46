export { codePoint } from './code-points.js';
export * from './packet.js';
export * from './session.js';
