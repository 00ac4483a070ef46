export { COMMANDS } from './commands/index.js';
export { SHOWS, type ShowEntry } from './commands/show.js';
export * from './ddb.js';
export * from './errors.js';
export * from './expression.js';
export * from './format.js';
export * from './json.js';
export * from './session.js';
export * from './stop.js';
