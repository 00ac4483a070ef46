export * from './bytes.js';
export * from './elf.js';
export * from './symbol-file.js';
