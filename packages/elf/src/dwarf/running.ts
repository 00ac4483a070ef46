import { kernelConstants, type SymbolTable } from '@trap12/target';
import { Expression, type Label } from './expression.js';
import { Entry } from './unit.js';

/*
 * What expressions in a symbol file have to find out of the memory that they are used on: which CPU stopped
 * (or dumped), and what is its current process. That CPU is the one whose process has the stack that the
 * stack pointer of the stop lies in.
 */

const K = kernelConstants('PAGE_SIZE', 'UPAGES');

const labels = (count: number): Label[] => Array.from({ length: count }, () => ({ at: 0 }));

/** Bits of an offset in a kernel stack. */
function stackBits(symbols: SymbolTable): number {
  const { PAGE_SIZE, UPAGES } = K({ symbols });
  const bits = Math.log2(UPAGES * PAGE_SIZE);
  if (!Number.isInteger(bits)) throw new Error('the size of a kernel stack is no power of two');
  return bits;
}

const procedure = (name: string, code: Expression): Entry =>
  new Entry('procedure').set('name', 'string', name).set('location', 'expression', code);

/** A procedure that leaves the address of the stopped CPU's struct pcpu, or 0 if none has stopped. */
export function stoppedCpu(symbols: SymbolTable): Entry {
  const [loop, body, known, next, end] = labels(5) as [Label, Label, Label, Label, Label];
  const e = new Expression();
  // Below: number of a processor; its struct pcpu; the stack of its process.
  e.constant(0).label(loop);
  e.op('dup').address(symbols.address('mp_ncpus')).op('deref').op('less').jump(body, false);
  e.op('drop').constant(0).jump(end);
  e.label(body).op('dup').multiply(symbols.struct('pcpu').size);
  e.address(symbols.address('__globaldata')).op('plus').op('dup');
  e.plusConstant(symbols.offset('pcpu', 'curproc')).op('deref').op('dup').jump(known, false);
  e.jump(next);
  e.label(known).plusConstant(symbols.offset('proc', 'p_addr')).op('deref').op('dup');
  stopPointer(e, symbols);
  e.op('swap').op('minus').shiftRight(stackBits(symbols)).jump(next, false);
  e.op('drop').op('swap').op('drop').jump(end);
  e.label(next).op('drop').op('drop').plusConstant(1).jump(loop);
  e.label(end);
  return procedure('pcpu of the processor that stopped', e);
}

/**
 * The stack pointer of the stop: in ddb_regs if the debugger was entered, where a code selector is never 0;
 * else what savectx left.
 */
function stopPointer(e: Expression, symbols: SymbolTable): void {
  const [debugger_, end] = labels(2) as [Label, Label];
  const frame = (field: string): number =>
    symbols.address('ddb_regs') + symbols.offset('trapframe', `tf_${field}`);
  e.address(frame('cs')).op('deref').jump(debugger_, false);
  e.address(symbols.address('dumppcb') + symbols.offset('pcb', 'pcb_esp'))
    .op('deref')
    .jump(end);
  e.label(debugger_).address(frame('esp')).op('deref').label(end);
}

/**
 * A procedure that takes an address and leaves 1 if it lies in the stack that the debugger was entered on,
 * else 0.
 */
export function onRunningStack(symbols: SymbolTable, stopped: Entry): Entry {
  const [known, outside, end] = labels(3) as [Label, Label, Label];
  const e = new Expression();
  e.call(stopped).op('dup').jump(known, false);
  e.op('drop').op('drop').constant(0).jump(end);
  e.label(known).plusConstant(symbols.offset('pcpu', 'curproc')).op('deref');
  e.plusConstant(symbols.offset('proc', 'p_addr')).op('deref').op('minus');
  e.shiftRight(stackBits(symbols)).jump(outside, false);
  e.constant(1).jump(end);
  e.label(outside).constant(0).label(end);
  return procedure('on the stack of the processor that stopped', e);
}

/** Where the current process is noted: of the CPU that stopped, else of the first. */
export function currentProcess(symbols: SymbolTable, stopped: Entry): Expression {
  const known: Label = { at: 0 };
  const e = new Expression().call(stopped).op('dup').jump(known, false);
  e.op('drop').address(symbols.address('__globaldata'));
  return e.landing(known).plusConstant(symbols.offset('pcpu', 'curproc'));
}
