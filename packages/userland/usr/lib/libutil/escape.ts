/**
 * The character that a backslash and `c` stand for; c itself where it is no letter of C's. Not octal numbers.
 */
export function backslash_char(c: int): int {
  switch (c) {
    case $ch('a'):
      return 7;
    case $ch('b'):
      return 8;
    case $ch('f'):
      return 12;
    case $ch('n'):
      return 10;
    case $ch('r'):
      return 13;
    case $ch('t'):
      return 9;
    case $ch('v'):
      return 11;
    default:
      return c;
  }
}
