import { memoryOperand, type Operand, operandWidth, touchesElsewhere, writes } from '../operand.js';
import { beyondPoison, poisonName } from '../poison.js';
import { NULL_PAGE } from '../signature.js';
import { plainName } from '../functions/index.js';
import { hexDiff, hexNumber, hexOf } from '../scan.js';
import type { Hex, Register, Report, Span } from '../types.js';
import type { Context } from './context.js';

/** Registers + displacement of the faulting instruction against the fault address. */
export function faultingOperand(c: Context): void {
  const { trap, stoppedAt, registersOf } = c.report;
  const instruction = stoppedAt?.instruction;
  // At the debugger's own entry neither the instruction nor the registers are those of the fault.
  if (instruction === undefined || stoppedAt === undefined || stoppedAt.debugger === true) return;
  if (registersOf === 'debugger' || !isX86(c)) return;
  // A fetch that failed: no instruction was there to be carried out.
  if (trap?.faultCode?.value.access === 'execute' || c.report.faultPlace?.jump !== undefined) return;
  const operand = memoryOperand(instruction);
  if (operand === null || touchesElsewhere(instruction)) return;
  const base = operand.base === undefined ? undefined : c.register(operand.base);
  const index = operand.index === undefined ? undefined : c.register(operand.index);
  const known =
    registersOf === 'fault' &&
    (operand.base === undefined || base !== undefined) &&
    (operand.index === undefined || index !== undefined);
  const address = trap?.faultAddress?.value;
  if (known) {
    const effective = effectiveAddress(c, operand, base?.value, index?.value);
    const wide = c.report.arch === 'amd64' ? 64 : 32;
    const sum = `${operand.text} with ${[base, index]
      .filter((each) => each !== undefined)
      .map((each) => `${each.name} ${each.value}`)
      .join(' and ')}`;
    if (address !== undefined && givesAll(c) && !runsInto(effective, address)) {
      c.check(
        'operand and fault address',
        effective === address,
        `${sum} is ${effective}; the fault address is ${address}`,
        [stoppedAt.span, base?.span, trap?.faultAddress?.span],
      );
    }
    c.claim(
      'operand-address',
      `the operand of the instruction lies at ${effective}`,
      sum,
      { address: effective, displacement: Number(BigInt.asIntN(wide, operand.displacement)) },
      [stoppedAt.span, base?.span],
      // Of a stop that no fault is told of, the registers may be of another moment.
      c.report.kind === 'trap' || c.report.kind === 'double-fault' ? 'certain' : 'likely',
    );
    if (c.report.arch === 'amd64' && !isCanonical(BigInt(effective)))
      nonCanonical(c, effective, stoppedAt.span);
  }
  const access = trap?.faultCode?.value.access;
  const wrote = writes(instruction, operand);
  if (access !== undefined && wrote !== null) {
    c.check(
      'instruction and kind of access',
      wrote === (access === 'write'),
      `"${instruction}" ${wrote ? 'writes' : 'reads'} its operand; the fault code says ${access}`,
      [stoppedAt.span, trap?.faultCode?.span],
    );
  }
}

/** Whether the system prints the address to its last bit: uvm_fault is called for a page by some. */
function givesAll(c: Context): boolean {
  return (
    c.report.forms.includes('freebsd-trap') || hexNumber(c.report.trap!.faultAddress!.value) % 0x1000 !== 0
  );
}

/** The widest operand, in bytes: a vector register. */
const WIDEST = 64;

/** Whether an operand at an address can begin in one page and have faulted in the next, at its start. */
function runsInto(operand: Hex, fault: Hex): boolean {
  const over = hexDiff(fault, operand);
  return hexNumber(fault) % 0x1000 === 0 && over > 0 && over < WIDEST;
}

function isX86(c: Context): boolean {
  return c.report.arch === 'i386' || c.report.arch === 'amd64';
}

/** base + index * scale + displacement, which wraps at the width of an address. */
function effectiveAddress(c: Context, operand: Operand, base: Hex | undefined, index: Hex | undefined): Hex {
  const sum = BigInt(base ?? 0) + BigInt(index ?? 0) * operand.scale + operand.displacement;
  return `0x${BigInt.asUintN(c.report.arch === 'amd64' ? 64 : 32, sum).toString(16)}`;
}

/** Whether bits 47 to 63 are all the same, as processors with four levels of page tables demand. */
function isCanonical(address: bigint): boolean {
  const top = address >> 47n;
  return top === 0n || top === 0x1ffffn;
}

function nonCanonical(c: Context, address: Hex, span: Span): void {
  const name = c.report.trap?.name;
  const protection = name !== undefined && /protection fault/i.test(name.value);
  c.claim(
    'non-canonical',
    `${address} is no canonical address${protection ? ': hence the protection fault' : ''}`,
    'bits 47 to 63 of an address must all be the same; another address raises a protection fault and no page fault',
    { address },
    [span, name?.span],
  );
}

/** The processor was to execute where nothing is: a call through a null or a bad pointer. */
export function badJump(c: Context): void {
  const place = c.report.faultPlace;
  if (place?.jump === undefined) return;
  const { caller } = place;
  const who = caller === undefined ? 'the kernel' : `${caller.function}${offsetOf(caller)}`;
  c.claim(
    'bad-jump',
    place.jump === 'null'
      ? `${who} called through a null function pointer`
      : `${who} called through a bad function pointer, to ${place.address ?? 'nowhere'}`,
    `the instruction pointer is ${place.address ?? 'the address of the fault'}, where no code is`,
    {
      ...(place.address === undefined ? {} : { address: place.address }),
      ...(caller === undefined ? {} : { caller: caller.function }),
    },
    place.evidence,
    place.jump === 'null' ? 'follows' : 'likely',
  );
}

function offsetOf(place: { offset?: number }): string {
  return place.offset === undefined ? '' : `+0x${place.offset.toString(16)}`;
}

/** Of page 0, where some processors have their vectors. */
const NOTHING_THERE = 'where kernels as a rule have no data';

/** A fault near address 0 is most likely a field of a structure whose pointer is null. */
export function nullField(c: Context): void {
  const { trap, stoppedAt, faultPlace } = c.report;
  const address = trap?.faultAddress?.value;
  if (address === undefined || hexNumber(address) >= NULL_PAGE || faultPlace?.jump !== undefined) return;
  if (trap?.mode?.value === 'user' || trap?.faultCode?.value.access === 'execute') return;
  if (trap?.pageOnly !== undefined) {
    nullPage(c, address);
    return;
  }
  const indexed = indexedOperand(c);
  if (indexed !== null) {
    nullElement(c, indexed, address);
    return;
  }
  const { base, width } = nullOperand(c);
  const zero = base === undefined ? '' : `, and ${base.name} is 0`;
  const field = hexOf(hexNumber(address));
  c.claim(
    'null-pointer-field',
    nullClaim(field, width, accessText(trap?.faultCode?.value.access), isCopy(faultPlace?.function)),
    `${address} is in the first page, ${NOTHING_THERE}${zero}`,
    width === undefined ? { offset: hexNumber(address) } : { offset: hexNumber(address), width },
    [trap?.faultAddress?.span, base === undefined ? undefined : stoppedAt?.span, base?.span],
    base === undefined ? 'likely' : 'follows',
  );
}

/** The operand of the faulting instruction if an index is part of its address: what it names is no field. */
function indexedOperand(c: Context): Operand | null {
  const { stoppedAt, registersOf } = c.report;
  const instruction = stoppedAt?.instruction;
  if (instruction === undefined || stoppedAt?.debugger === true || registersOf === 'debugger' || !isX86(c))
    return null;
  const operand = touchesElsewhere(instruction) ? null : memoryOperand(instruction);
  return operand?.index === undefined ? null : operand;
}

/** A fault in the first page by base + index * scale: an element of an array whose pointer is null. */
function nullElement(c: Context, operand: Operand, address: Hex): void {
  const { trap, stoppedAt, registersOf } = c.report;
  const shown = registersOf === 'fault';
  const base = operand.base === undefined || !shown ? undefined : c.register(operand.base);
  const index = shown ? c.register(operand.index!) : undefined;
  const gives = (a: Register, b: Register) => effectiveAddress(c, operand, a.value, b.value) === address;
  const isNull = base?.value === '0x0' && index !== undefined && index.value !== '0x0' && gives(base, index);
  const done = accessText(trap?.faultCode?.value.access);
  const spans = [trap?.faultAddress?.span, stoppedAt?.span, base?.span, index?.span];
  if (!isNull) {
    c.claim(
      'null-pointer-field',
      `a null pointer, or a small number taken for a pointer: ${address} was ${done}`,
      `${address} is in the first page, ${NOTHING_THERE}; the address has an index, which need not be 0`,
      {},
      spans,
      'likely',
    );
    return;
  }
  const wide = c.report.arch === 'amd64' ? 64 : 32;
  const at = BigInt.asIntN(wide, BigInt(index.value));
  const within = operand.displacement === 0n ? '' : ', or that of a structure which holds it';
  c.claim(
    'null-pointer-field',
    `an array's null pointer${within} was followed to element ${at}: ${address} was ${done}`,
    `${operand.text} with ${base.name} 0 and ${index.name} ${index.value} is ${address}`,
    { index: Number(at) },
    spans,
    'follows',
  );
}

/** Where nothing is added to the pointer, or bytes were copied, no structure needs to be there. */
function nullClaim(field: Hex, width: number | undefined, done: string, copied: boolean): string {
  const bytes = width === undefined ? '' : `, ${width} ${width === 1 ? 'byte' : 'bytes'} wide,`;
  // Fields of more than a byte lie at even addresses: it may be a number, or a flag in a pointer.
  if (width !== 1 && (hexNumber(field) & 1) === 1)
    return `a null pointer, or a small number taken for a pointer: ${field}${bytes.replace(' wide', '')} was ${done}`;
  if (field === '0x0' || copied)
    return `a null pointer was followed: ${field}${bytes.replace(' wide', '')} was ${done}`;
  return `a null pointer to a structure: the field at ${field}${bytes} was ${done}`;
}

/** Functions that copy, fill, compare or measure bytes: what they are given is any memory. */
function isCopy(name: string | undefined): boolean {
  return (
    name !== undefined &&
    /^(?:_?(?:generic_)?(?:mem(?:cpy|move|set|cmp|chr)|b(?:copy|zero|cmp)|copy(?:in|out)|str(?:n?len|n?cmp|n?cpy|lcpy|lcat|chr))(?:_\w+)?)$/.test(
      plainName(name),
    )
  );
}

/** Of a fault that is known to the page: the operand gives the rest, where its registers are shown. */
function nullPage(c: Context, page: Hex): void {
  const { trap } = c.report;
  const touched = c.report.derived.find((each) => each.rule === 'operand-address');
  const address = touched === undefined ? undefined : String(touched.values.address);
  const within = address !== undefined && hexNumber(address) < NULL_PAGE;
  c.claim(
    'null-pointer-field',
    `a null pointer to a structure: ${within ? `the field at ${address}` : 'something in the first page'} was ${accessText(trap?.faultCode?.value.access)}`,
    `${within ? address : page} is in the first page, ${NOTHING_THERE}`,
    within ? { offset: hexNumber(address) } : {},
    [trap?.faultAddress?.span, ...(within ? touched!.evidence : [])],
    within ? 'follows' : 'likely',
  );
}

/**
 * The base register that is zero, and the width of the access, where the instruction of the fault is shown.
 */
function nullOperand(c: Context): { base?: Register; width?: number } {
  const { stoppedAt, registersOf, trap } = c.report;
  const instruction = stoppedAt?.instruction;
  if (instruction === undefined || stoppedAt?.debugger === true || registersOf === 'debugger' || !isX86(c))
    return {};
  const operand = memoryOperand(instruction);
  if (operand === null || touchesElsewhere(instruction)) return {};
  // Both are small: the address is in the first page.
  if (Number(operand.displacement) !== hexNumber(trap!.faultAddress!.value)) return {};
  const width = operandWidth(instruction);
  const base = operand.base === undefined || registersOf !== 'fault' ? undefined : c.register(operand.base);
  const found: { base?: Register; width?: number } = {};
  if (base?.value === '0x0') found.base = base;
  if (width !== undefined) found.width = width;
  return found;
}

function accessText(access: string | undefined): string {
  if (access === undefined) return 'touched';
  return access === 'write' ? 'written' : access === 'execute' ? 'executed' : 'read';
}

/** The field of a null pointer by the layouts that were handed in. */
export function nullStruct(c: Context): void {
  const fact = c.report.derived.find((each) => each.rule === 'null-pointer-field');
  if (fact === undefined) return;
  const { offset, width } = fact.values;
  if (offset === undefined) return;
  nameField(c, Number(offset), width === undefined ? undefined : Number(width));
}

/** Looks the offset up in the struct layouts that were handed in. */
function nameField(c: Context, offset: number, width: number | undefined): void {
  const { layouts } = c.options;
  if (layouts === undefined) return;
  const found: string[] = [];
  for (const [struct, layout] of Object.entries(layouts.structs)) {
    for (const [name, field] of Object.entries(layout.fields)) {
      if (field.offset === offset && (width === undefined || field.size === width))
        found.push(`${struct}.${name}`);
    }
  }
  if (found.length === 0 || found.length > 12) return;
  c.claim(
    'null-pointer-struct',
    found.length === 1 ? `the field is ${found[0]}` : `the field is one of ${found.join(', ')}`,
    `fields at offset ${hexOf(offset)}${width === undefined ? '' : ` of ${width} bytes`} in the layouts "${layouts.version}"`,
    { candidates: found.join(' ') },
    [c.report.trap?.faultAddress?.span],
  );
}

/** Registers, those that the instruction names first: of several with one value, they are what matters. */
function operandsFirst(report: Report): readonly Register[] {
  const registers = report.registers.slice(0, 64);
  const instruction = report.stoppedAt?.debugger === true ? undefined : report.stoppedAt?.instruction;
  if (instruction === undefined) return registers;
  const named = registers.filter((each) => instruction.includes(`%${each.name}`));
  return [...named, ...registers.filter((each) => !named.includes(each))];
}

/** Values that freed memory is filled with. */
export function poison(c: Context): void {
  const { report } = c;
  const seen = new Set<Hex>();
  const look = (value: Hex, what: string, span: readonly [number, number]) => {
    const name = poisonName(value);
    if (name === null || seen.has(value)) return;
    seen.add(value);
    const beyond = beyondPoison(value, name);
    const made = beyond === 0 ? 'it' : 'what it was made of';
    c.claim(
      'freed-memory',
      `${what} ${value}: ${made} was read from memory that had been freed`,
      beyond === 0 ? `it is ${name}` : `it is 0x${beyond.toString(16)} more than ${name}`,
      { value },
      [span],
    );
  };
  if (report.trap?.faultAddress !== undefined)
    look(report.trap.faultAddress.value, 'the fault address is', report.trap.faultAddress.span);
  if (report.registersOf !== 'debugger')
    for (const register of operandsFirst(report))
      look(register.value, `${register.name} holds`, register.span);
  // What other architectures' debuggers print as arguments is left over from earlier calls.
  if (report.arch !== 'i386') return;
  for (const frame of report.frames.slice(0, 64)) {
    frame.args.forEach((arg, i) => {
      look(arg, `argument ${i + 1} of ${frame.function} is`, frame.span);
    });
  }
}
