import type { MachineView, Observer } from '@trap12/machine';
import { kernelConstants, Memory, type Target } from '@trap12/target';
import { commandAt, isNamed } from './processes.js';

const K = kernelConstants('HW_SWITCH');

/** A process that was to be kept waiting, and there was none of that name. */
export interface Absent {
  name: string;
  /** Names of those that there were, sorted */
  others: string[];
}

/**
 * Notes the names of processes until one of the name that is looked for is among them: each when it leaves
 * its processor, as every process does in the end, and of those that have not left it the names they have.
 */
export class Named implements Observer {
  /** Trace points that it wants */
  static readonly classes = ['KTR_PROC'];
  private readonly others = new Set<string>();
  private readonly running = new Set<number>();
  private met = false;
  private readonly memory: Memory;
  private readonly kinds: ReturnType<typeof K>;

  constructor(
    target: Target,
    private readonly name: string,
  ) {
    this.memory = new Memory(target.onlooker ?? target);
    this.kinds = K(this.memory);
  }

  happened(kind: number, object: number, _arg: number, { context }: MachineView): void {
    if (this.met || kind !== this.kinds.HW_SWITCH) return;
    this.running.add(object);
    this.running.delete(context);
    this.note(context);
  }

  /** Undefined: there was one of that name. */
  absent(): Absent | undefined {
    for (const process of this.running) this.note(process);
    return this.met ? undefined : { name: this.name, others: [...this.others].sort() };
  }

  private note(process: number): void {
    if (this.met || process === 0) return;
    this.met = isNamed(this.memory, process, this.name);
    this.others.add(commandAt(this.memory, process));
  }
}
