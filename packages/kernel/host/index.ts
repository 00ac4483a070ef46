export * from './files.js';
export * from './regime.js';
export * from './symbols.js';
export * from './system.js';
export * from './show.js';
export * from './target.js';
export * from './show-list.js';
