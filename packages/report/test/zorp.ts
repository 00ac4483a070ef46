/** A panic with its trace, around which texts that tell of it are put. */
export const PANIC = `panic: zorp: nothing left
cpuid = 1
KDB: stack backtrace:
panic() at panic+0x43
zorp_get() at zorp_get+0x1c
fork_exit() at fork_exit+0x80
`;
