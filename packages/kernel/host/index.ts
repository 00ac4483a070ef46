export { processName } from '../src/kern/db_tools.js';
export { messageBuffer } from '../src/kern/db_msgbuf.js';
export * from './regime.js';
export { printing } from './rows.js';
export * from './show.js';
export * from './show-list.js';
export { type Owned, whoOwns } from '../src/vm/db_who.js';
export { invariantProblems } from '../src/vm/db_invariants.js';
export { heldByKernel } from './held.js';
