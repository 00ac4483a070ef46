export * from './debuggee.js';
export * from './server.js';
