export { messageBuffer } from '../src/kern/db_msgbuf.js';
export * from './regime.js';
export * from './show.js';
export * from './show-list.js';
