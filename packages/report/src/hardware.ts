/** What the hardware reported itself: no function of the kernel is at fault. */
export const HARDWARE = /machine check|uncorrectable (?:memory|machine|ecc)|^MCA\b/i;
