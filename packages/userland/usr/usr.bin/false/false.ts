/** false(1) */
export function main(): int {
  return 1;
}
