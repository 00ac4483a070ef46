import { R_UNDO } from './constants.js';
import { Stateful } from './state.js';

/** A word of a frame that was stored for the host's sake alone. */
interface Lent {
  va: number;
  /** What memory does not have: the frame's word, or while it is shown there what would be there without */
  word: number;
  shown: boolean;
}

/** The stack's memory, as its owner sees it. */
interface StackMemory {
  loadWord(va: number): number;
  storeWords(va: number, eip: number, words: number[]): void;
}

/**
 * Words of frames of the running context, where run() returned in the middle of a turn. Its functions store
 * their locals as if they had to wait, which they would not have done but for the host: while the machine
 * stands the words are in memory for whoever looks, while it runs memory is as it would be without.
 * REG[R_UNDO] says that there are some.
 */
export class LentFrames extends Stateful<{ words: Lent[] }> {
  protected state: { words: Lent[] } = { words: [] };

  constructor(
    private readonly reg: Int32Array,
    private readonly memory: StackMemory,
  ) {
    super();
  }

  /** A suspended function has stored a local into its frame. @param word what was there before */
  overwritten(va: number, word: number): void {
    const { words } = this.state;
    const i = words.findIndex((l) => l.va === va);
    if (i >= 0) words.splice(i, 1);
    words.push({ va, word, shown: true });
  }

  /** The word of a frame, for the function that goes on. */
  reloaded(va: number): number {
    const { words } = this.state;
    const i = words.findIndex((l) => l.va === va);
    if (i < 0) return this.memory.loadWord(va);
    const [{ word }] = words.splice(i, 1) as [Lent];
    if (words.length === 0) this.reg[R_UNDO] = 0;
    return word;
  }

  /** Nobody wants them: memory stays as it is without. */
  drop(): void {
    this.state.words.length = 0;
    this.reg[R_UNDO] = 0;
  }

  /** Puts the words into memory where somebody may look at them, or takes them out again. */
  show(shown: boolean): void {
    const { memory } = this;
    for (const l of this.state.words) {
      if (l.shown === shown) continue;
      const other = memory.loadWord(l.va);
      memory.storeWords(l.va, 0, [l.word]);
      l.word = other;
      l.shown = shown;
    }
  }

  /** The context waits by itself: its frames would have been stored in any case. */
  keep(): void {
    this.show(true);
    this.drop();
  }
}
