/** Gives pieces of work, one after the other. */
export interface Source<U, R> {
  /** @returns 'wait': that depends on pieces that have not been told; undefined: nothing is left */
  next(): U | 'wait' | undefined;
  /** What came of a piece; told in the order in which they were given */
  told(unit: U, result: R): void;
  /** The same as soon as it is done, in no order: for those who only look on */
  done?(result: R): void;
}

/** Does pieces of work, some at the same time. */
export interface Crew<U, R> {
  /** How many at the same time */
  readonly width: number;
  /** @returns undefined: it was given up */
  run(unit: U): Promise<R | undefined>;
  /** Gives up what is being done. */
  drop?(): void;
}

export interface OrderedOptions<R> {
  /** A result behind which nothing needs to be done any more */
  ends(result: R): boolean;
  /** Asked between pieces; true: that is all, with what is done by then */
  stop(): boolean;
  /**
   * A source is told of a piece as soon as that and all before it are done: for one that gives the same
   * pieces whatever it has been told
   */
  atOnce?: boolean;
}

/** A source is told of no piece later than when it has given so many more. */
const WINDOW = 32;

interface Running<U, R> {
  unit: U;
  done: Promise<void>;
  result: R | undefined;
  error: unknown;
  /** It is done, or has failed */
  settled: boolean;
}

/**
 * Works off what a source gives, with results that do not depend on how many work at it nor on who is done
 * first: a source is told of a piece's result when it asks for that by 'wait', or when it has given a fixed
 * number of further pieces; what comes behind the first piece that ends it all is thrown away. If it is
 * stopped, or pieces are given up, what was done by then is told, even behind pieces that were not.
 * @param crew who works, asked before each piece: it may grow
 */
export async function ordered<U, R>(
  source: Source<U, R>,
  crew: () => Crew<U, R>,
  { ends, stop, atOnce = false }: OrderedOptions<R>,
): Promise<void> {
  const pending: Running<U, R>[] = [];
  let ended = false;
  let running = 0;
  let wake = (): void => {};
  function launch(unit: U): void {
    running++;
    const none = { result: undefined, error: undefined, settled: false };
    const piece: Running<U, R> = { unit, done: Promise.resolve(), ...none };
    piece.done = crew()
      .run(unit)
      .then((result) => {
        piece.result = result;
        if (result !== undefined) source.done?.(result);
        ended ||= result === undefined || ends(result);
      })
      .catch((error: unknown) => {
        piece.error = error;
        ended = true;
      })
      .finally(() => {
        piece.settled = true;
        running--;
        wake();
      });
    pending.push(piece);
  }
  /** Tells of the first piece. @returns true if it ends it all */
  async function tellFirst(): Promise<boolean> {
    const first = pending.shift()!;
    await first.done;
    if (first.error !== undefined) throw first.error;
    if (first.result === undefined) return false;
    source.told(first.unit, first.result);
    return ends(first.result);
  }
  try {
    while (!ended && !stop()) {
      const unit = pending.length >= WINDOW ? 'wait' : source.next();
      if (unit !== 'wait' && unit !== undefined) {
        launch(unit);
        while (running >= crew().width)
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
        while (atOnce && pending[0]?.settled === true) if (await tellFirst()) return;
      } else if (pending.length === 0 || (await tellFirst())) return;
    }
    if (stop()) crew().drop?.();
    while (pending.length > 0) if (await tellFirst()) return;
  } finally {
    crew().drop?.();
    await Promise.all(pending.map(({ done }) => done));
  }
}
