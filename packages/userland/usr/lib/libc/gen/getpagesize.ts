import { PAGE_SIZE } from '../../../../../kernel/src/sys/param.h.js';

/** getpagesize(3) */
export function getpagesize(): int {
  return PAGE_SIZE;
}
