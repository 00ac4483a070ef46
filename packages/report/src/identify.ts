import type { Builder } from './builder.js';
import { isNameless } from './culprit.js';
import { signsOf } from './functions/index.js';
import { productOf } from './products.js';
import type { Arch, Frame, Hex, PanicEvent, Register, System, Trace, Trap } from './types.js';

/*
 * Which system and which architecture a text is of. What it states (version line, dump header, login banner)
 * wins; then come names that only one of them has; then the form of kernel addresses. User addresses decide
 * nothing, and where nothing decides the answer is `unknown`.
 */

export interface Identity {
  system: System;
  product?: string;
  arch: Arch;
  /** A version line, a dump header or a login banner gives it; else it was told by signs. */
  systemStated: boolean;
  archStated: boolean;
}

export function identify(b: Builder, events: readonly PanicEvent[]): Identity {
  const stated = b.kernel?.arch !== undefined && b.kernel.arch !== 'unknown';
  const system = systemOf(b, events);
  const arch = archOf(b, events);
  const identity: Identity = {
    system,
    arch: arch === 'unknown' && hasNarrowArguments(system, events) ? 'i386' : arch,
    systemStated: b.systemStated || (b.kernel !== undefined && b.kernel.system !== 'unknown'),
    archStated: stated || b.statedArch !== undefined,
  };
  const product = b.kernel?.product ?? (identity.system === 'FreeBSD' ? productTold(b, events) : undefined);
  if (product !== undefined) identity.product = product;
  return identity;
}

/** The kin of FreeBSD that a build, the sources of the frames or the writer name. */
function productTold(b: Builder, events: readonly PanicEvent[]): string | undefined {
  if (b.statedProduct !== undefined) return b.statedProduct;
  const file = framesOf(events).find((frame) => frame.source?.file.startsWith('/'))?.source?.file;
  const built = file === undefined ? undefined : productOf(file);
  return built ?? (b.toldKin.size === 1 ? [...b.toldKin][0] : undefined);
}

/** Frames that are looked at; a system shows in the first dozens or not at all. */
const FRAMES_MAX = 400;

function framesOf(events: readonly PanicEvent[]): Frame[] {
  const out: Frame[] = [];
  const take = (frames: readonly Frame[]): void => {
    for (let i = 0; i < frames.length && out.length < FRAMES_MAX; i++) out.push(frames[i]!);
  };
  for (const event of events) {
    take(event.frames);
    for (const trace of event.otherTraces) take(trace.frames);
    if (out.length >= FRAMES_MAX) break;
  }
  return out;
}

/** The one system that has functions of these events, if no other of them has any. */
function ownSystem(events: readonly PanicEvent[]): System | undefined {
  const systems = new Set(framesOf(events).map((frame) => signsOf(frame.function)?.system));
  systems.delete(undefined);
  const [system] = systems;
  return systems.size === 1 ? system : undefined;
}

/** Of a text that tells of two machines' panics, which two systems' functions show: the first one's. */
function firstOfTwo([first, ...others]: readonly PanicEvent[]): System | undefined {
  if (first === undefined || others.length === 0) return undefined;
  const system = ownSystem([first]);
  const another = system === undefined ? undefined : ownSystem(others);
  // DragonFly has functions of FreeBSD's.
  const isKin = [system, another].includes('DragonFly');
  return another === undefined || another === system || isKin ? undefined : system;
}

/** Who has most votes, of several the one that had the first; and how many the next one has. */
function elected<T>(votes: ReadonlyMap<T, number>): { first: T | undefined; most: number; second: number } {
  let first: T | undefined;
  let most = Number.NEGATIVE_INFINITY;
  let second = Number.NEGATIVE_INFINITY;
  votes.forEach((count, each) => {
    if (count > most) {
      second = most;
      most = count;
      first = each;
    } else if (count > second) second = count;
  });
  return { first, most, second };
}

function systemOf(b: Builder, events: readonly PanicEvent[]): System {
  if (b.kernel !== undefined && b.kernel.system !== 'unknown') return b.kernel.system;
  const ofFirst = firstOfTwo(events);
  if (ofFirst !== undefined) return ofFirst;
  const votes = new Map<System, number>();
  const vote = (system: System, weight: number): void =>
    void votes.set(system, (votes.get(system) ?? 0) + weight);
  for (const [system, weight] of Object.entries(b.systems)) vote(system as System, weight);
  let freebsd = b.ownSigns.FreeBSD ?? 0;
  for (const frame of framesOf(events)) {
    const system = signsOf(frame.function)?.system;
    if (system === undefined) continue;
    vote(system, 2);
    if (system === 'FreeBSD') freebsd += 2;
  }
  // DragonFly has FreeBSD's trap block: only what is FreeBSD's own stands against what is DragonFly's.
  if ((votes.get('DragonFly') ?? 0) > 0 && votes.has('FreeBSD')) votes.set('FreeBSD', freebsd);
  const { first, most, second } = elected(votes);
  if (first === undefined || most <= 0) return 'unknown';
  if (first === 'FreeBSD' && freebsd === 0 && speaksOf(b, /dragonfly/i)) return 'unknown';
  return second * 2 > most ? 'unknown' : first;
}

/** Whether a line that no form has read has the word. */
function speaksOf(b: Builder, word: RegExp): boolean {
  return b.prose.some((line) => word.test(line.text));
}

/** Register names that only one architecture has. */
const REGISTER_ARCH: readonly [names: RegExp, arch: Arch][] = [
  [/^(?:r[a-d]x|rip|r[sb]p|r[sd]i|rflags|rfl)$/, 'amd64'],
  [/^(?:e[a-d]x|eip|e[sb]p|e[sd]i|eflags|efl)$/, 'i386'],
  [/^(?:x(?:[0-9]|[12][0-9]|30)|elr)$/, 'arm64'],
  [/^(?:sepc|scause|stval|sstatus|[ast]\[\d+\])$/, 'riscv'],
  [/^(?:srr[01]|dar|dsisr)$/, 'powerpc'],
  [/^(?:tstate|tpc|tnpc)$/, 'sparc64'],
];

function archOf(b: Builder, events: readonly PanicEvent[]): Arch {
  if (b.kernel?.arch !== undefined && b.kernel.arch !== 'unknown') return b.kernel.arch;
  if (b.statedArch !== undefined) return b.statedArch;
  const votes = new Map<Arch, number>();
  const vote = (arch: Arch | null | undefined, weight: number): void => {
    if (arch !== null && arch !== undefined && arch !== 'unknown')
      votes.set(arch, (votes.get(arch) ?? 0) + weight);
  };
  for (const [arch, weight] of Object.entries(b.arches)) vote(arch as Arch, weight);
  for (const event of events) {
    for (const register of event.registers.slice(0, 64)) vote(registerArch(register), 4);
    vote(instructionArch(event.stoppedAt?.instruction), 4);
    // A file that a message names is one of the running kernel's.
    const { file } = event.details;
    vote(typeof file?.value === 'string' ? sourceArch(file.value) : null, 6);
    // The trap block of FreeBSD and its kin is x86's; the width of its pointers tells which.
    // So does a code segment, where the number of the trap is none.
    const block = event.trap?.number !== undefined || event.trap?.codeSegment !== undefined;
    if (block && event.forms.includes('freebsd-trap')) vote(x86(event), 10);
    for (const boundary of event.boundaries)
      vote(boundary.syndrome === undefined ? null : syndromeArch(boundary.syndrome.register), 6);
  }
  for (const frame of framesOf(events)) {
    vote(signsOf(frame.function)?.arch, 4);
    vote(frame.source === undefined ? null : sourceArch(frame.source.file), 6);
  }
  if (votes.size === 0)
    for (const address of codeAddresses(events)) {
      const arch = addressArch(address);
      // Old kernels of arm64 lay where those of macOS lie on amd64.
      const told = arch !== 'arm64' || !address.startsWith('0xffffff8') || Object.keys(b.systems).length > 0;
      if (told) vote(arch, 1);
    }
  const { first, most, second } = elected(votes);
  return first === undefined || second * 2 > most ? 'unknown' : first;
}

function registerArch(register: Register): Arch | null {
  const known = registerArches.get(register.name);
  if (known !== undefined) return known;
  const found = REGISTER_ARCH.find(([names]) => names.test(register.name))?.[1] ?? null;
  // Forms take registers by lists of names, so that there are few of them.
  registerArches.set(register.name, found);
  return found;
}

const registerArches = new Map<string, Arch | null>();

/** Registers of 64 bits show amd64; addresses made of 32-bit registers show i386. */
function instructionArch(instruction: string | undefined): Arch | null {
  if (instruction === undefined) return null;
  if (/%r(?:[abcd]x|[sd]i|[sb]p|ip|\d)/.test(instruction)) return 'amd64';
  return /\(%e(?:[abcd]x|[sd]i|[sb]p)/.test(instruction) ? 'i386' : null;
}

function syndromeArch(register: string): Arch {
  return register === 'esr' ? 'arm64' : register === 'dsisr' ? 'powerpc' : 'riscv';
}

/**
 * Of a block that only x86 kernels print: amd64 by a segment for long mode or a pointer of 64 bits, i386 by
 * none.
 */
function x86(event: PanicEvent): Arch | null {
  const { trap } = event;
  if (trap === undefined) return null;
  const segment = trap.codeSegment?.value;
  if (segment?.long === 1) return 'amd64';
  const { ip, sp, fp } = trap;
  if (isWide(ip) || isWide(sp) || isWide(fp)) return 'amd64';
  // Where code went astray in the kernel, its pointers can be anything, and on i386 not of so many digits.
  if (trap.mode?.value === 'kernel' && [ip, sp, fp].some(isLong)) return 'amd64';
  if (segment?.def32 === 1 && segment.long !== 1) return 'i386';
  if (trap.mode?.value === 'user') return null;
  return isNarrowKernel(ip) || isNarrowKernel(sp) || isNarrowKernel(fp) ? 'i386' : null;
}

type Pointer = Trap['ip'] | Trap['sp'];

function isWide(pointer: Pointer): boolean {
  if (pointer === undefined) return false;
  const { address } = pointer.value;
  return address.length === 18 && address.startsWith('0xffff');
}

/** Digits of a pointer that is no pointer of 32 bits, mistyped or not. */
const LONG = 14;
const isLong = (pointer: Pointer): boolean => pointer !== undefined && pointer.value.address.length >= LONG;

/** In the upper quarter of 32 bits. */
function isNarrowKernel(pointer: Pointer): boolean {
  if (pointer === undefined) return false;
  const { address } = pointer.value;
  return address.length === 10 && address.charCodeAt(2) >= 99;
}

/** Machine-dependent directories of the kernels' sources. */
const SOURCE_ARCH: readonly [directory: RegExp, arch: Arch][] = [
  [/\/(?:amd64\/(?:amd64|vmm)|platform\/pc64|arch\/amd64)\//, 'amd64'],
  [/\/(?:i386\/i386|i386\/isa|platform\/pc32|arch\/i386)\//, 'i386'],
  [/\/(?:arm64\/(?:arm64|vmm)|arch\/(?:arm64|aarch64|evbarm64))\//, 'arm64'],
  [/\/(?:riscv\/riscv|arch\/riscv(?:64)?)\//, 'riscv'],
  [
    /\/(?:powerpc\/(?:powerpc|aim|booke)|arch\/(?:powerpc|powerpc64|(?:mac|of|evb|amiga|mvme)ppc|prep))\//,
    'powerpc',
  ],
  [/\/(?:sparc64\/sparc64|arch\/sparc64)\//, 'sparc64'],
  // `arm/arm` and `arch/arm` hold what kernels of arm64 are made of as well.
  [/\/arch\/armv7\//, 'arm'],
  [/\/(?:mips\/mips|arch\/(?:mips|sgimips|octeon))\//, 'mips'],
  [/\/(?:alpha\/alpha|arch\/alpha)\//, 'alpha'],
  [/\/arch\/(?:m68k|amiga|atari|hp300|hp400|(?:mac|luna|mvme|news|next)68k|sun[23]|x68k)\//, 'm68k'],
  [/\/arch\/(?:sh3|dreamcast|hpcsh|landisk|mmeye|evbsh3)\//, 'sh3'],
  [/\/arch\/hppa\//, 'hppa'],
  [/\/arch\/vax\//, 'vax'],
];

/**
 * The architecture of a directory of the kernel's sources, or null where the file is every architecture's.
 */
export function sourceArch(path: string): Arch | null {
  if (!path.includes('/')) return null;
  return SOURCE_ARCH.find(([directory]) => directory.test(path))?.[1] ?? null;
}

/** Addresses of kernel code: what traces, trap blocks and boundaries give, but for those of user code. */
function codeAddresses(events: readonly PanicEvent[]): Hex[] {
  const out: Hex[] = [];
  for (const event of events) {
    if (event.trap?.ip !== undefined && event.trap.mode?.value !== 'user')
      out.push(event.trap.ip.value.address);
    for (const boundary of event.boundaries)
      if (boundary.what !== 'syscall' && boundary.ip !== undefined) out.push(boundary.ip);
    // No entry of a process's map is one that must not fault.
    const address = event.kind === 'nofault-entry' ? event.details.address?.value : undefined;
    if (typeof address === 'string') out.push(address);
    for (const trace of [event as Pick<Trace, 'frames'>, ...event.otherTraces]) {
      for (const frame of trace.frames.slice(0, 64)) {
        if (frame.address !== undefined && !isNameless(frame.function)) out.push(frame.address);
        if (frame.framePointer !== undefined) out.push(frame.framePointer);
        // The arguments that DDB prints are words of the stack or registers: kernel pointers, most of them.
        for (const arg of frame.args) out.push(arg);
      }
    }
  }
  return out;
}

/** Arguments that are addresses of a kernel; fewer may be numbers. */
const NARROW_MIN = 4;

/**
 * Whether the backtraces of FreeBSD's or DragonFly's debugger give arguments in parentheses, kernel pointers
 * of 32 bits among them and nothing wider: of their machines, that of i386 alone finds arguments so.
 */
function hasNarrowArguments(system: System, events: readonly PanicEvent[]): boolean {
  if (system !== 'FreeBSD' && system !== 'DragonFly') return false;
  let narrow = 0;
  for (const { frames, traceStyle } of events) {
    for (const { args, address, framePointer, argNames } of frames.slice(0, 64)) {
      if (traceStyle !== 'ddb' || argNames !== undefined) continue;
      for (const value of [...args, address ?? '0x0', framePointer ?? '0x0']) {
        if (value.length > 10) return false;
        if (args.includes(value) && /^0x[c-e][0-9a-f]{7}$/.test(value)) narrow++;
      }
    }
  }
  return narrow >= NARROW_MIN;
}

/** What the form of a kernel address says; null for what several architectures have. */
function addressArch(address: Hex): Arch | null {
  // The last page holds negative numbers.
  if (address.length !== 18 || address.startsWith('0xfffffffffffff')) return null;
  if (/^0xffffffff[89a-f]/.test(address)) return 'amd64';
  if (/^0xffff(?:fe|f8|fd)/.test(address)) return 'amd64';
  if (/^0xffff8[0-9a-f]{3}/.test(address)) return 'amd64';
  if (/^0xffffff[cd]/.test(address)) return 'riscv';
  if (/^0xffffff8[0-9a-f]/.test(address)) return 'arm64';
  return /^0xffff(?:00|a0)/.test(address) ? 'arm64' : null;
}
