export * from './ddb.js';
export * from './expression.js';
export * from './format.js';
export * from './registers.js';
export * from './stop.js';
export * from './trace.js';
