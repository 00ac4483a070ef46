import { roleOf } from '../functions/index.js';

/** Letters that a scanner or a hand gets wrong in one name. */
const MISREAD_MAX = 2;

/** Whether two names are one but for letters that were misread: of one length, or a letter more for two. */
export function isMisread(a: string, b: string): boolean {
  if (Math.abs(a.length - b.length) > 1 || Math.min(a.length, b.length) < 6) return false;
  let i = 0;
  while (i < a.length && a.charCodeAt(i) === b.charCodeAt(i)) i++;
  let [j, k] = [a.length, b.length];
  while (j > i && k > i && a.charCodeAt(j - 1) === b.charCodeAt(k - 1)) {
    j--;
    k--;
  }
  return Math.max(j, k) - i <= MISREAD_MAX;
}

/**
 * One of the two names is misread or mistyped: that which nobody knows, of a known one; else that with more
 * digits, or the first.
 */
export function isSecondRight(first: string, second: string): boolean {
  const [a, b] = [roleOf(first) !== null, roleOf(second) !== null];
  return a === b ? digitsIn(second) <= digitsIn(first) : b;
}

function digitsIn(name: string): number {
  return name.replace(/\D/g, '').length;
}
