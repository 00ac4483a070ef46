/** printf(3)'s paddings and the dates of BSD's programs. */

/** %wd and %ws: right-justified. */
export function right(value: number | string, width: number): string {
  return String(value).padStart(width);
}

/** %-ws: left-justified. */
export function left(value: number | string, width: number): string {
  return String(value).padEnd(width);
}

const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
const LONG_DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const LONG_MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
];
const two = (n: number): string => String(n).padStart(2, '0');
const DAY_MS = 86_400_000;

/** strftime(3) of seconds since the epoch, in UTC. An unknown conversion is its own letter. */
export function strftime(format: string, seconds: number): string {
  const d = new Date(Math.floor(seconds) * 1000);
  const twelve = d.getUTCHours() % 12 === 0 ? 12 : d.getUTCHours() % 12;
  const yearStart = Date.UTC(d.getUTCFullYear(), 0, 1);
  const conversions: Record<string, () => string> = {
    a: () => DAYS[d.getUTCDay()]!,
    A: () => LONG_DAYS[d.getUTCDay()]!,
    b: () => MONTHS[d.getUTCMonth()]!,
    B: () => LONG_MONTHS[d.getUTCMonth()]!,
    c: () => strftime('%a %b %e %H:%M:%S %Y', seconds),
    d: () => two(d.getUTCDate()),
    D: () => strftime('%m/%d/%y', seconds),
    e: () => right(d.getUTCDate(), 2),
    F: () => strftime('%Y-%m-%d', seconds),
    H: () => two(d.getUTCHours()),
    I: () => two(twelve),
    j: () => String(Math.floor((d.getTime() - yearStart) / DAY_MS) + 1).padStart(3, '0'),
    l: () => right(twelve, 2),
    m: () => two(d.getUTCMonth() + 1),
    M: () => two(d.getUTCMinutes()),
    n: () => '\n',
    p: () => (d.getUTCHours() < 12 ? 'AM' : 'PM'),
    R: () => strftime('%H:%M', seconds),
    s: () => String(Math.floor(seconds)),
    S: () => two(d.getUTCSeconds()),
    t: () => '\t',
    T: () => strftime('%H:%M:%S', seconds),
    u: () => String(d.getUTCDay() === 0 ? 7 : d.getUTCDay()),
    w: () => String(d.getUTCDay()),
    y: () => two(d.getUTCFullYear() % 100),
    Y: () => String(d.getUTCFullYear()),
    z: () => '+0000',
    Z: () => 'UTC',
    '%': () => '%',
  };
  return format.replace(/%(.)/g, (_, letter: string) => conversions[letter]?.() ?? letter);
}

/** Text in columns, as ls(1) fills them on an 80-column terminal: downwards, each as wide as the widest rounded up to a tab. */
export function columns(words: readonly string[], width = 80): string {
  const longest = Math.max(0, ...words.map((w) => w.length));
  const column = (longest + 8) & ~7;
  const across = Math.max(1, Math.floor(width / column));
  const rows = Math.ceil(words.length / across);
  let out = '';
  for (let row = 0; row < rows; row++) {
    let at = 0;
    for (let i = row; i < words.length; i += rows) {
      const word = words[i]!;
      at = word.length;
      out += word;
      for (; i + rows < words.length && at < column; at = (at + 8) & ~7) out += '\t';
    }
    out += '\n';
  }
  return out;
}
