export { BOOT_COMMAND, type ExecutableFile, makeRootImage } from './rootfs.js';
