export {
  BOOT_COMMAND,
  BOOT_INPUT,
  DEVICES,
  type ExecutableFile,
  makeRootImage,
  type RootFiles,
} from './rootfs.js';
