import type { DumpedMemory } from './dump-target.js';
import type { MachineFacts } from './facts.js';

/** A file that is no dump, or none that can be used. */
export class DumpError extends Error {}

/** What was read of a dump, before it is held against a kernel's image. */
export interface Opened {
  kind: 'full dump' | 'minidump' | 'core';
  memory: DumpedMemory;
  facts: MachineFacts;
  /** What is missing or damaged, a line each */
  problems: string[];
  /** Told by the headers of kernel dumps only */
  panic?: string;
  release?: string;
  time?: number;
}
