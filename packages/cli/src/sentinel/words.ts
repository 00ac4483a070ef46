/**
 * What a sentinel is told: to hold the other to an answer or not; that the other has seen a signal; that it
 * runs a machine with the terminal in raw mode, and is well; that it does so no more, which is answered.
 */
export const WORDS = { arm: 'a', disarm: 'd', seen: 's', running: 'r', still: 'p' } as const;

/** What a sentinel answers to `still`: did the terminal make signals meanwhile? */
export const ANSWERS = { yes: 'y', no: 'n' } as const;
