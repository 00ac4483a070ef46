import type { KernelImage } from '@trap12/kcc/image.js';
import type { Primitives } from '@trap12/machine';

/** A lowered function; a may-sleep one may leave REG[R_WAIT] set and have no result yet. */
// biome-ignore lint/suspicious/noExplicitAny: the signature is the kernel function's own
export type KernelFunction = (...args: any[]) => any;

/** A kernel bound to a machine. */
export interface BoundKernel {
  functions: Record<string, KernelFunction>;
  table: Map<number, KernelFunction>;
  /** Goes on at REG[R_EIP] until the context waits; returns why. */
  go(): number;
}

/** What kernel.js exports. */
export interface KernelModule {
  createKernel(hw: Primitives): BoundKernel;
}

/** A kernel as kcc builds it: its code and its image. node.ts loads one from files. */
export interface Kernel {
  module: KernelModule;
  image: KernelImage;
}
