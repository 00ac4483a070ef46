export { createSystem } from './create.js';
export { History, HISTORY_BYTES, type Way } from './history.js';
export type * from './kernel.js';
export * from './options.js';
export * from './run.js';
export * from './stopped.js';
export type * from './scenario.js';
export type { System } from './system.js';
export * from './snapshot.js';
