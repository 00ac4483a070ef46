/** <signal.h> beside what the kernel's header has. */

/** A handler gets the signal, a code and the address of the context it interrupted; it may take fewer. */
export type sig_t = (sig: int, code: int, scp: u32) => void;
