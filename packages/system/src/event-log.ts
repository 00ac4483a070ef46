import { type MachineView, type Observer, R_EBP, type StepView } from '@trap12/machine';
import { processName } from '@trap12/kernel';
import type { PastEvent } from '@trap12/target';
import type { System } from './system.js';

/** The kernel's classes of trace points, but for those that only ask. */
const CLASSES = ['KTR_LOCK', 'KTR_MTX', 'KTR_SPIN', 'KTR_TRAP', 'KTR_INTR', 'KTR_PROC'];
/** Where memory is taken and given back; they tell nothing. */
const ALLOCATORS = [
  ...['malloc', 'free', 'zalloc', 'zalloci', 'zfree', 'zfreei'],
  ...['vm_page_alloc', 'vm_page_free_toq'],
];

/** From ebp to the first argument. */
const ARGUMENTS = 8;

/** Notes what happens in a stretch of the past that is gone through twice. */
export class EventLog implements Observer {
  readonly events: PastEvent[] = [];
  private readonly sites: number[] = [];
  private readonly calls: PastEvent[] = [];
  private readonly allocators: ReadonlyMap<number, string>;
  /** The step before which the stretch begins, and how many of its steps have come again */
  private before = 0;
  private passed = 0;
  private listening = false;
  /** An allocator's function has begun, of this context. */
  private begun: { name: string; event: PastEvent } | undefined;
  private context = 0;

  constructor(private readonly system: System) {
    const { symbols } = system;
    const known = ALLOCATORS.filter((name) => symbols.has(name));
    this.allocators = new Map(known.map((name) => [symbols.address(name) | 0, name]));
  }

  /** The stretch as it was begins. */
  plain(before: number): (view: StepView) => void {
    this.before = before;
    return ({ site, number }) => {
      this.sites.push(site);
      this.takeArguments();
      const name = this.allocators.get(site);
      if (name === undefined) return;
      this.begun = { name, event: this.event(number, {}) };
      this.context = this.system.machine.cpu.context;
    };
  }

  /** A function stores its arguments when it has begun: at the next step they are in its frame. */
  private takeArguments(): void {
    const { begun } = this;
    if (begun === undefined) return;
    this.begun = undefined;
    const { machine, memory, symbols } = this.system;
    const { name, event } = begun;
    const type = symbols.type(symbols.symbol(name).type);
    const count = type.kind === 'function' ? type.params.length : 0;
    const frame = machine.reg[R_EBP]! >>> 0;
    const here = machine.cpu.context === this.context && machine.cpu.id === event.cpu;
    const words = Array.from({ length: here ? count : 0 }, (_, i) =>
      memory.wordAt(frame + ARGUMENTS + 4 * i),
    );
    const args = words.filter((word) => word !== undefined);
    this.calls.push({
      ...event,
      call: { name, args: here && args.length === count ? args : undefined },
    });
  }

  /** It begins once more, with the trace points. */
  traced(): (view: StepView) => boolean {
    const { machine, symbols } = this.system;
    let mask = this.system.get('ktr_mask');
    for (const name of CLASSES) mask |= symbols.constant(name);
    this.system.set('ktr_mask', mask);
    machine.observe(this);
    this.listening = true;
    return ({ site }) => {
      if (site === this.sites[this.passed]) this.passed++;
      return this.passed === this.sites.length;
    };
  }

  happened(kind: number, object: number, arg: number, _view: MachineView): void {
    if (this.listening) this.events.push(this.event(this.before + this.passed, { kind, object, arg }));
  }

  /** Nothing more is noted; what was is put in order. */
  close(): void {
    this.listening = false;
    this.system.machine.unobserve(this);
    this.events.push(...this.calls);
    this.events.sort((a, b) => a.step - b.step);
  }

  private event(step: number, what: Partial<PastEvent>): PastEvent {
    const { machine, memory } = this.system;
    const { id, context } = machine.cpu;
    const process = processName(memory, context);
    const nothing = { kind: undefined, object: 0, arg: 0, call: undefined };
    return { step, nowNs: machine.now(), cpu: id, process, ...nothing, ...what };
  }
}
