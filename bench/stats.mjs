/** Median, quartiles and range of samples. */
export function stats(samples) {
  const sorted = [...samples].sort((a, b) => a - b);
  const at = (q) => {
    const x = (sorted.length - 1) * q;
    const low = Math.floor(x);
    const high = Math.ceil(x);
    return sorted[low] + (sorted[high] - sorted[low]) * (x - low);
  };
  return {
    n: sorted.length,
    median: at(0.5),
    q1: at(0.25),
    q3: at(0.75),
    min: sorted[0],
    max: sorted.at(-1),
    samples,
  };
}

/** A number with three or four digits that count. */
export function short(x) {
  if (x >= 1e6) return `${(x / 1e6).toFixed(2)}M`;
  if (x >= 1e4) return `${(x / 1e3).toFixed(1)}k`;
  if (x >= 100) return x.toFixed(0);
  return x.toPrecision(3);
}
