import type { Past } from '@trap12/target';
import { Progress } from './progress.js';
import { INTERRUPT_KEY } from './sentinel/words.js';
import { SignalKeys } from './sentinel/signal-keys.js';

/** Between two looks at what was typed. */
const LOOK_MS = 100;
/** Of a way that is shorter nothing is said. */
const SILENT_MS = 1000;

/**
 * The keys of a terminal in raw mode while a command of the debugger goes through the past, in which Node's
 * events have no turn: Ctrl-C gives the way up. All else that is typed is kept for the prompt.
 */
export class WayKeys {
  private readonly keys = new SignalKeys();
  private readonly progress = new Progress();
  private readonly beganMs = performance.now();
  private lookedMs = this.beganMs;
  private kept = '';
  private pressed = false;

  /** Executes a command. */
  during<T>(past: Past, execute: () => T): T {
    past.givesUp = this.givesUp;
    try {
      return execute();
    } finally {
      past.givesUp = () => false;
      this.progress.end();
    }
  }

  private readonly givesUp = (step: number): boolean => {
    const now = performance.now();
    if (now - this.lookedMs < LOOK_MS) return this.pressed;
    this.lookedMs = now;
    this.look();
    if (now - this.beganMs >= SILENT_MS)
      this.progress.line(`looking through the past, at step ${step}; Ctrl-C gives it up`);
    return this.pressed;
  };

  private look(): void {
    const typed = this.keys.typed().toString('latin1');
    if (typed.includes(INTERRUPT_KEY)) this.pressed = true;
    this.kept += typed;
  }

  /** What was typed meanwhile, without Ctrl-C: whoever presses it several times does not mean the prompt. */
  typed(): Buffer {
    if (this.pressed) this.look();
    return Buffer.from(this.kept.replaceAll(INTERRUPT_KEY, ''), 'latin1');
  }
}
