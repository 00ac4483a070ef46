/** Thrown by a command to answer with one line. */
export class DdbError extends Error {}

/** Ends a command that printed all that a session prints at once. */
export class OutputFull extends Error {}
