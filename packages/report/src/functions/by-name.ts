/** Hostile texts cannot grow a table of names beyond this. */
export const NAMES_MAX = 20_000;

/** A name that does not keep the text alive of which it was a piece. */
export const apartFromText = (name: string): string => ` ${name}`.slice(1);

/** A question about nothing but a function's name: backtraces hold the same few, so each is asked once. */
export function byName<T>(answer: (name: string) => T): (name: string) => T {
  const known = new Map<string, T>();
  return (name) => {
    let found = known.get(name);
    if (found === undefined) {
      found = answer(name);
      if (known.size < NAMES_MAX) known.set(apartFromText(name), found);
    }
    return found;
  };
}
