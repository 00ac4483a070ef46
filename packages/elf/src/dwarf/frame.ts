import { ByteWriter } from '../bytes.js';
import { imageBytes, type ImageSymbol } from '@trap12/kcc/image.js';
import { kernelConstants, type SymbolTable } from '@trap12/target';
import { CFA, REGISTER } from './constants.js';
import { Expression, type Label } from './expression.js';

const CIE_ID = 0xffffffff;
const CIE_VERSION = 1;
/** pushl %ebp; movl %esp,%ebp */
const PROLOGUE = [0x55, 0x89, 0xe5];

/** calltrap: the trap frame of the interrupted code lies where the stack pointer is. */
const TRAP_ENTRY = 'calltrap';
/** Entered between two instructions of a function, as if these had called it. */
const INTERRUPT_ENTRY = 'Xintr';
const DOUBLE_FAULT = 'dblfault_handler';
/** The first code of a process. */
const FIRST_CODE = 'fork_trampoline';

const K = kernelConstants('SEL_UPL');

/**
 * The section .debug_frame: how to get from a function's frame to that of its caller, across traps and
 * interrupts too.
 */
export function frameSection(symbols: SymbolTable): Uint8Array {
  const { image } = symbols;
  const out = new ByteWriter(1 << 16);
  const plain = information(out, '');
  // After a signal frame a debugger takes the next one's address for the instruction to come, not for the one
  // behind a call.
  const interrupted = information(out, 'zS');
  const bytes = imageBytes(image);
  for (const symbol of image.symbols) {
    if (symbol.kind !== 'text') continue;
    const start = (symbol.address >>> 0) - (image.base >>> 0);
    const hasFrame = PROLOGUE.every((byte, i) => bytes[start + i] === byte);
    const signal = symbol.name === TRAP_ENTRY || symbol.name === INTERRUPT_ENTRY;
    description(out, signal ? interrupted : plain, signal, symbol, rules(symbols, symbol, hasFrame));
  }
  return out.finish();
}

/**
 * What the descriptions have in common: at a function's first instruction the return address lies where the
 * stack pointer is.
 */
function information(out: ByteWriter, augmentation: string): number {
  const at = out.length;
  out.u32(0).u32(CIE_ID).u8(CIE_VERSION).string(augmentation);
  out.uleb(1).sleb(-4).u8(REGISTER.eip);
  if (augmentation !== '') out.uleb(0);
  out.u8(CFA.define).uleb(REGISTER.esp).uleb(4);
  out.u8(CFA.offset | REGISTER.eip).uleb(1);
  out.align(4);
  out.patch32(at, out.length - at - 4);
  return at;
}

function description(
  out: ByteWriter,
  information: number,
  augmented: boolean,
  symbol: ImageSymbol,
  rules: ByteWriter,
): void {
  const at = out.length;
  out.u32(0).u32(information).u32(symbol.address).u32(symbol.size);
  if (augmented) out.uleb(0);
  out.bytes(rules.finish()).align(4);
  out.patch32(at, out.length - at - 4);
}

function rules(symbols: SymbolTable, { name, size }: ImageSymbol, hasFrame: boolean): ByteWriter {
  const out = new ByteWriter(64);
  if (name === TRAP_ENTRY) return trapRules(out, symbols);
  if (!hasFrame) return out;
  if (name === FIRST_CODE) out.u8(CFA.undefined).uleb(REGISTER.eip);
  out
    .u8(CFA.advance | 1)
    .u8(CFA.defineOffset)
    .uleb(8);
  out.u8(CFA.offset | REGISTER.ebp).uleb(2);
  out
    .u8(CFA.advance | 2)
    .u8(CFA.defineRegister)
    .uleb(REGISTER.ebp);
  if (name === DOUBLE_FAULT) return doubleFaultRules(out);
  // Behind `leave`.
  advance(out, size - PROLOGUE.length - 1);
  return out.u8(CFA.define).uleb(REGISTER.esp).uleb(4);
}

function advance(out: ByteWriter, bytes: number): void {
  if (bytes < 0x40) out.u8(CFA.advance | bytes);
  else out.u8(CFA.advanceWord).u32(bytes);
}

const put = (out: ByteWriter, expression: Expression): ByteWriter => {
  const bytes = expression.finish();
  return out.uleb(bytes.length).bytes(bytes);
};

/**
 * The interrupted code's registers are in the frame; its stack pointer is, too, if it ran in user mode, else
 * it is the frame's end.
 */
function trapRules(out: ByteWriter, symbols: SymbolTable): ByteWriter {
  const field = (name: string): number => symbols.offset('trapframe', `tf_${name}`);
  const [user, done]: Label[] = [{ at: 0 }, { at: 0 }];
  const sp = new Expression();
  sp.register('esp', field('cs')).op('deref').constant(K({ symbols }).SEL_UPL).op('and').jump(user!, false);
  sp.register('esp', field('esp')).jump(done!);
  sp.label(user!).register('esp', field('esp')).op('deref').label(done!);
  put(out.u8(CFA.defineExpression), sp);
  for (const name of ['eax', 'ecx', 'edx', 'ebx', 'ebp', 'esi', 'edi', 'eip', 'eflags'] as const) {
    const place = new Expression().register('esp', field(name));
    put(out.u8(CFA.expression).uleb(REGISTER[name]), place);
  }
  return out;
}

/** The processor's own stack: the arguments are eip, esp and ebp of where the fault was. */
function doubleFaultRules(out: ByteWriter): ByteWriter {
  put(out.u8(CFA.defineExpression), new Expression().register('ebp', 12).op('deref'));
  put(out.u8(CFA.expression).uleb(REGISTER.eip), new Expression().register('ebp', 8));
  return put(out.u8(CFA.expression).uleb(REGISTER.ebp), new Expression().register('ebp', 16));
}
