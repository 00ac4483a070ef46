import type { Interface } from 'node:readline';

/** Shows long output page by page: what does not fit on the screen waits for the next key line. */
export class Pager {
  private left: string[] = [];

  /** @param size rows and columns of the screen, as they are at that moment */
  constructor(private readonly size: () => { rows: number; columns: number }) {}

  /** How many lines wait. */
  get waiting(): number {
    return this.left.length;
  }

  /** Takes lines; the first page of them. What waited is dropped. */
  show(lines: readonly string[]): string[] {
    this.left = [...lines];
    return this.next();
  }

  /** The next page: as many lines as leave one row for the prompt, at least one. */
  next(): string[] {
    const { rows, columns } = this.size();
    let used = 0;
    let n = 0;
    while (n < this.left.length) {
      used += Math.max(1, Math.ceil(this.left[n]!.length / Math.max(1, columns)));
      if (n > 0 && used > rows - 1) break;
      n++;
    }
    return this.left.splice(0, n);
  }

  drop(): void {
    this.left = [];
  }

  /** What to ask with. */
  prompt(otherwise: string): string {
    return this.left.length === 0
      ? otherwise
      : `--More-- (${this.left.length} line${this.left.length === 1 ? '' : 's'}; space or Enter goes on, q ends) `;
  }
}

/**
 * At a terminal the keys alone, with no Enter behind them, end what waits (q) and go on with it (space).
 * @param answer shows the lines that it is given, and the prompt that stands then
 * @returns takes the keys back
 */
export function pagerKeys(
  input: NodeJS.ReadableStream,
  lines: Interface,
  pager: Pager,
  answer: (page: readonly string[]) => void,
): () => void {
  // The line editor has put it into the line.
  const onKey = (): void => {
    if (pager.waiting === 0 || (lines.line !== 'q' && lines.line !== ' ')) return;
    if (lines.line === 'q') pager.drop();
    const page = pager.next();
    lines.write(null, { ctrl: true, name: 'u' });
    answer(page);
  };
  input.on('keypress', onKey);
  return () => input.off('keypress', onKey);
}
