import { R_EBP, R_ESP, type Stepper, type StepView } from '@trap12/machine';
import { kernelConstants, type Site, type SymbolTable } from '@trap12/target';
import type { Lab } from '../lab.js';
import { type Place, runningStack } from '../places.js';
import { type KernelObject, type Part, partOf } from './objects.js';
import { peek } from './trail.js';

const K = kernelConstants('KERNBASE', 'KSTACK_TOP', 'PAGE_SIZE', 'UPAGES');
/** A death begins in one of these; the first has no step where it is entered, as its arguments vary. */
const PANIC = 'panic';
const TRAP = 'trap';
/** Of each process so many reads are kept. */
const READS = 256;
const STACK_DEPTH = 8;

/** A process's read of kernel memory. */
export interface ReadStep {
  step: number;
  site: number;
  address: number;
}

/** Where a process began to die, and what it had read before, latest last. */
export interface Death {
  step: number;
  ns: number;
  context: number;
  /** Who called panic(), or what was trapped, and its callers */
  stack: Place[];
  reads: ReadStep[];
  esp: number;
  /** The access that was trapped; undefined: it died in panic() */
  fault: ReadStep | undefined;
}

/** The latest reads of each process, and which process began to die where. */
export class DeathLog implements Stepper {
  private readonly rings = new Map<number, ReadStep[]>();
  private readonly deaths = new Map<number, Death[]>();
  private readonly trap: number;
  /** The step before */
  private previous: ReadStep = { step: 0, site: 0, address: 0 };
  private readonly kinds = new Map<number, { reads: boolean; panics: boolean }>();
  private readonly low: number;
  private readonly stack: readonly [low: number, high: number];

  constructor(private readonly lab: Lab) {
    const { symbols } = lab.system;
    const { KERNBASE, KSTACK_TOP, PAGE_SIZE, UPAGES } = K(lab.system);
    this.low = KERNBASE >>> 0;
    this.stack = [(KSTACK_TOP - UPAGES * PAGE_SIZE) >>> 0, KSTACK_TOP >>> 0];
    this.trap = symbols.address(TRAP) | 0;
  }

  /** The death of the process that runs; undefined: it is not about to die. */
  get death(): Death | undefined {
    return this.deaths.get(this.lab.system.machine.cpu.context)?.[0];
  }

  /** What a process has read last. */
  readsOf(context: number): readonly ReadStep[] {
    return this.rings.get(context) ?? [];
  }

  step(view: StepView): boolean {
    const { machine } = this.lab.system;
    const { context } = machine.cpu;
    const deaths = this.deaths.get(context);
    if (deaths !== undefined && deaths.length > 0) {
      const esp = machine.reg[R_ESP]! >>> 0;
      while (deaths.length > 0 && esp > deaths.at(-1)!.esp) deaths.pop();
    }
    const { reads, panics } = this.kind(view.site);
    if (view.site === this.trap || (panics && !this.isPanicking(context))) this.dies(context, view, panics);
    this.previous = { step: view.number, site: view.site, address: view.address >>> 0 };
    const address = view.address >>> 0;
    if (address < this.low || (address >= this.stack[0] && address < this.stack[1])) return false;
    if (!reads) return false;
    let ring = this.rings.get(context);
    if (ring === undefined) this.rings.set(context, (ring = []));
    if (ring.length >= 2 * READS) ring.splice(0, READS);
    ring.push({ step: view.number, site: view.site, address });
    return false;
  }

  private isPanicking(context: number): boolean {
    const last = this.deaths.get(context)?.at(-1);
    return last !== undefined && last.fault === undefined;
  }

  private dies(context: number, { number: step }: StepView, panics: boolean): void {
    const { machine, memory } = this.lab.system;
    // A trap out of a program is no death.
    if (machine.reg[R_EBP]! >>> 0 < this.low) return;
    const list = this.deaths.get(context) ?? [];
    this.deaths.set(context, list);
    list.push({
      step,
      ns: machine.now(),
      context,
      // What is trapped has no return address yet: it is where the step before was.
      stack: [...(panics ? [] : this.trapped()), ...runningStack(memory, STACK_DEPTH, new Set())],
      reads: [...(this.rings.get(context) ?? [])],
      esp: machine.reg[R_ESP]! >>> 0,
      fault: panics ? undefined : this.previous,
    });
  }

  private trapped(): Place[] {
    const site = this.lab.system.symbols.site(this.previous.site);
    return site === undefined ? [] : [{ function: site.function.name, file: site.file, line: site.line }];
  }

  private kind(site: number): { reads: boolean; panics: boolean } {
    let known = this.kinds.get(site);
    if (known === undefined) {
      const at = this.lab.system.symbols.site(site);
      known = {
        reads: at?.kind === 'load' || at?.kind === 'rmw',
        panics: at !== undefined && at.function.name === PANIC,
      };
      this.kinds.set(site, known);
    }
    return known;
  }
}

/** What a process read that was about to die. */
export interface Fatal {
  part: Part;
  address: number;
  site: Site;
  read: ReadStep;
}

/** Of so many functions of the stack. */
const FUNCTIONS = 3;

/**
 * What a process died over: the word at which it was trapped, and what the functions that it died in had read
 * last, of each the latest object of the kernel's, from the innermost function outwards; behind each object
 * what it was found by.
 */
export function fatalReads(lab: Lab, death: Death): Fatal[] {
  const out: Fatal[] = [];
  for (const each of lastReads(lab.system.symbols, death)) {
    const pointer = pointerTo(lab, each, death);
    for (const one of pointer === undefined ? [each] : [each, pointer])
      if (!out.some(({ part }) => sameObject(part.object, one.part.object))) out.push(one);
  }
  return out;
}

/**
 * The word that a process had read the address of an object from, if that is part of another object: a
 * process may die over an object that is in order, and not the one that it was to look at.
 */
function pointerTo(lab: Lab, { part, read }: Fatal, { reads }: Death): Fatal | undefined {
  const { memory, symbols } = lab.system;
  const { object } = part;
  if (object.struct === '') return undefined;
  for (const before of [...reads].reverse()) {
    const { address, step } = before;
    if (step > read.step || peek(memory, address & ~3) >>> 0 !== object.base) continue;
    const site = symbols.site(before.site);
    const found = site === undefined ? undefined : partOf(symbols, site, address);
    if (found !== undefined) return { part: found, address, site: site!, read: before };
  }
  return undefined;
}

function lastReads(symbols: SymbolTable, { stack, reads, fault }: Death): Fatal[] {
  const out: Fatal[] = [];
  if (fault !== undefined) out.push(...faultOf(symbols, fault));
  const functions = [...new Set(stack.map((place) => place.function))].slice(0, FUNCTIONS);
  for (const name of functions) {
    for (const read of [...reads].reverse()) {
      const site = symbols.site(read.site);
      if (site === undefined || site.function.name !== name) continue;
      const part = partOf(symbols, site, read.address);
      if (part === undefined || out.some((each) => sameObject(each.part.object, part.object))) continue;
      out.push({ part, address: read.address, site, read });
      break;
    }
  }
  return out;
}

/** The word at which an access was trapped. */
function faultOf(symbols: SymbolTable, fault: ReadStep): Fatal[] {
  const site = symbols.site(fault.site);
  if (site === undefined) return [];
  const { address } = fault;
  const part = { object: { struct: '', base: (address & ~3) >>> 0, size: 4 }, field: site.lvalue };
  return [{ part, address, site, read: fault }];
}

export const sameObject = (a: KernelObject, b: KernelObject): boolean =>
  a.struct === b.struct && a.base === b.base;
