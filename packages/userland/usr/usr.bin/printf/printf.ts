import { printfcmd } from '../../lib/libcmd/printf.js';

/** printf(1) */
export function main(argc: int, argv: ptr<str>): int {
  return printfcmd(argc, argv);
}
