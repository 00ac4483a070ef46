import type { KernelImage } from '@trap12/kcc/image.js';
import type { Primitives } from '@trap12/machine';

/** A lowered function; may-sleep ones return generators. */
// biome-ignore lint/suspicious/noExplicitAny: the signature is the kernel function's own
export type KernelFunction = (...args: any[]) => any;

/** A kernel bound to a machine. */
export interface BoundKernel {
  functions: Record<string, KernelFunction>;
  table: Map<number, KernelFunction>;
  /** May-sleep functions as far as they get without waiting; then suspended() tells whether they have come to their end. */
  first: Record<string, KernelFunction>;
  /** After a call of `first`: null if it returned, or what has to be run until it does. To be asked at once. */
  suspended(): Generator<number, unknown, unknown> | null;
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
