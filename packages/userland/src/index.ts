export { BOOT_COMMAND, BOOT_INPUT, type ExecutableFile, makeRootImage } from './rootfs.js';
