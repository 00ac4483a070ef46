/** Seconds between two stamps from which on they are of different panics. */
const APART_SECONDS = 120;

/** Whether two stamps of one format lie minutes apart; within an hour boundary it is not known. */
export function apart(a: string, b: string): boolean {
  if (a === '' || b === '' || a[0] !== b[0] || a === b) return false;
  const [x, y] = [secondsOf(a), secondsOf(b)];
  if (x === null || y === null) return false;
  if (x.day !== y.day) return true;
  return Math.abs(x.seconds - y.seconds) > APART_SECONDS;
}

/**
 * The day and the second in it of a stamp, as the log readers write them (`i2024-03-05T09:02:31`,
 * `s010203:04:05`).
 */
function secondsOf(stamp: string): { day: string; seconds: number } | null {
  const m = /(\d\d):(\d\d):(\d\d)/.exec(stamp);
  if (m === null) return null;
  return {
    day: stamp.slice(0, m.index),
    seconds: Number(m[1]) * 3600 + Number(m[2]) * 60 + Number(m[3]),
  };
}
