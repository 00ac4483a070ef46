/** true(1) */
export function main(): int {
  return 0;
}
