import { testcmd } from '../../lib/libcmd/test.js';

/** test(1) and [ */
export function main(argc: int, argv: ptr<str>): int {
  return testcmd(argc, argv);
}
