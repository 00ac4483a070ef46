export * from './crew.js';
export * from './wire.js';
export * from './worker.js';
