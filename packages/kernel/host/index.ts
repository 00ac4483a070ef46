export * from './regime.js';
export * from './show.js';
export * from './show-list.js';
