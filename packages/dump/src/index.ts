export * from './core.js';
export * from './facts.js';
export * from './mappings.js';
export * from './sparse.js';
