export * from './error.js';
export * from './page.js';
export * from './plan.js';
export * from './run.js';
export * from './state.js';
export * from './store.js';
export * from './text.js';
export * from './types.js';
