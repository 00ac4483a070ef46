export * from './format.js';
export * from './registers.js';
export * from './trace.js';
