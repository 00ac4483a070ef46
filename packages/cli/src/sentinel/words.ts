/** What a sentinel is told: to hold the other to an answer or not, and that the other has seen a signal. */
export const WORDS = { arm: 'a', disarm: 'd', seen: 's' } as const;
