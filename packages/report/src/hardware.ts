/** What the hardware reported itself: no function of the kernel is at fault. */
export const HARDWARE =
  /machine check|uncorrectable (?:memory|machine|ecc)|^MCA\b|^(?:unhandled )?system error\b|\bSError\b/i;

/** An interrupt that cannot be masked: whoever it came to is at fault as little. */
export const NON_MASKABLE = /^NMI\b|non-maskable interrupt/i;
