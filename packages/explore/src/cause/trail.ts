import type { Stepper, StepView } from '@trap12/machine';
import type { Memory, Site } from '@trap12/target';
import type { Lab } from '../lab.js';
import { isWithin, type KernelObject } from './objects.js';

/** One access to an object that is followed. */
export interface Touch {
  step: number;
  site: Site;
  context: number;
  ns: number;
  address: number;
  write: boolean;
  /** The word before it */
  old: number;
}

/** Of each object the latest are kept. */
const KEPT = 512;

/** Keeps the latest accesses to some objects of the kernel's. */
export class Trail implements Stepper {
  private readonly touches = new Map<KernelObject, Touch[]>();
  private readonly sites = new Map<number, Site | undefined>();

  constructor(
    private readonly lab: Lab,
    private readonly objects: readonly KernelObject[],
  ) {
    for (const object of objects) this.touches.set(object, []);
  }

  /** In order. */
  of(object: KernelObject): readonly Touch[] {
    return this.touches.get(object)!;
  }

  step({ address, site: at, number: step, bytes }: StepView): boolean {
    if (address === 0) return false;
    const object = this.objects.find((each) => isWithin(each, address));
    if (object === undefined) return false;
    if (!this.sites.has(at)) this.sites.set(at, this.lab.system.symbols.site(at));
    const site = this.sites.get(at);
    if (site === undefined || site.kind === 'prologue' || site.kind === 'call') return false;
    const { machine, memory } = this.lab.system;
    const list = this.touches.get(object)!;
    if (list.length >= KEPT) list.splice(0, KEPT / 2);
    list.push({
      step,
      site,
      context: machine.cpu.context,
      ns: machine.now(),
      address: address >>> 0,
      write: bytes > 0 || site.kind === 'store' || site.kind === 'rmw',
      old: peek(memory, address & ~3),
    });
    return false;
  }
}

/** 0 where nothing is mapped: the access is about to fail. */
export function peek(memory: Memory, address: number): number {
  return memory.target.read(address >>> 0, 4).length < 4 ? 0 : memory.u32(address);
}
