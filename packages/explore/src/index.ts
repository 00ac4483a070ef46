export * from './coverage.js';
export * from './delays.js';
export * from './disturb.js';
export * from './match.js';
export * from './panic-text.js';
export * from './reproduce.js';
export * from './strategies/index.js';
export * from './view.js';
