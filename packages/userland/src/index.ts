export * from './aout.js';
export * from './libc.js';
export * from './loader.js';
export { PROGRAMS, SBIN } from './programs/index.js';
export { BOOT_COMMAND } from './programs/init.js';
export { makeRootImage } from './rootfs.js';
