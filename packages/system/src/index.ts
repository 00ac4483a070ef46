export { createSystem } from './create.js';
export type * from './kernel.js';
export * from './options.js';
export * from './run.js';
export type * from './scenario.js';
export type { System } from './system.js';
export * from './snapshot.js';
