import { killcmd } from '../../lib/libcmd/kill.js';

/** kill(1) */
export function main(argc: int, argv: ptr<str>): int {
  return killcmd(argc, argv, null);
}
