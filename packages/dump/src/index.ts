export * from './core.js';
export * from './dump-target.js';
export * from './facts.js';
export { savecore, readHeader, type KernelDumpHeader } from './kernel-dump.js';
export * from './mappings.js';
export * from './open.js';
export { DumpError } from './opened.js';
export * from './sparse.js';
export * from './threads.js';
