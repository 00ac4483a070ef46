import type { Command } from './command.js';
import { show } from './show.js';
import { trace } from './trace.js';

/** Every command. */
export const COMMANDS: readonly Command[] = [show, trace];
