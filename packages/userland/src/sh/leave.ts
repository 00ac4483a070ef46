/** Leaves a loop, a function or the shell from any depth. */
export class Leave {
  constructor(
    readonly what: 'break' | 'continue' | 'return' | 'exit' | 'interrupt',
    public levels = 1,
  ) {}
}
