import { lastMessage } from '@trap12/explore';
import type { System } from '@trap12/system';
import { TabExpander, writeConsole } from './console.js';
import { watchPhase } from './phase.js';

/** How much of the kernel's messages waits for what comes after them, in characters. */
const HELD_MAX = 1 << 13;

/**
 * What `run --quiet` shows: on standard output what the command writes, byte for byte, and the message of the
 * kernel's own death; on standard error what else the kernel says while the command runs. That is held back
 * until the command writes again, or the run ends: it may be the first half of the message of a death.
 */
export class OwnOutput {
  private held = '';
  private readonly phase: ReturnType<typeof watchPhase>;
  private readonly tabs = new TabExpander();

  /** @param notShown gets what does not go to standard output */
  constructor(
    system: System,
    private readonly notShown: (chunk: string) => void,
  ) {
    this.phase = watchPhase(system, true);
  }

  put(chunk: string): void {
    const phase = this.phase();
    const shown = phase === 'command' || phase === 'death';
    if (!shown) this.notShown(chunk);
    if (phase === 'kernel') this.hold(chunk);
    else if (this.held !== '') {
      const message = this.tell();
      if (phase === 'death') writeConsole(message);
      else this.say(message);
    }
    if (shown) writeConsole(chunk);
  }

  /**
   * Nothing more comes.
   * @param died the message of the kernel's death is shown by somebody else, if it was not shown yet
   * @returns has it been shown?
   */
  end(died: boolean): boolean {
    const message = this.tell();
    if (!died) this.say(message);
    return this.phase() === 'death';
  }

  private hold(chunk: string): void {
    this.held += chunk;
    if (this.held.length <= HELD_MAX) return;
    const cut = this.held.indexOf('\n', this.held.length - (HELD_MAX >> 1)) + 1 || this.held.length;
    this.say(this.held.slice(0, cut));
    this.held = this.held.slice(cut);
  }

  /** Says what was held back, but for the message of a death. @returns that message */
  private tell(): string {
    const { held } = this;
    // It begins at the beginning of a line, which is that of what is held, too.
    const message = lastMessage(`\n${held}`);
    const before = held.replaceAll('\r', '');
    this.say(message === '' ? held : before.slice(0, before.lastIndexOf(message.trimEnd())));
    this.held = '';
    return message;
  }

  private say(text: string): void {
    if (text.trim() !== '') process.stderr.write(this.tabs.expand(text.replaceAll('\r', '')));
  }
}
