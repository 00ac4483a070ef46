import type { Choice, Decider, Decision } from '@trap12/machine';

/** Keeps what a walk decides, in the shortest form: almost all tries are thrown away. */
export class Kept implements Decider {
  readonly choices: Choice[] = [];

  constructor(private readonly inner: Decider) {}

  nextStall(from: number): number | undefined {
    return this.inner.nextStall?.(from);
  }

  decide(decision: Decision): number {
    const choice = this.inner.decide(decision);
    const { kind, number, standard } = decision;
    if (choice !== standard) this.choices.push({ kind, number, choice });
    return choice;
  }
}
