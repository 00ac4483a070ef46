/** Trace points (kern/kern_ktr.c): the switch; sys/ktr.h.ts tells what they say. */

/** Classes (KTR_*) that the machine's observers listen to. Set by the host at any time. Locks: none. */
export let ktr_mask: int = 0;
