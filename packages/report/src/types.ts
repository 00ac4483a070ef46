/** A hexadecimal number in canonical form: `0x`, lower case, no leading zeros. JSON cannot hold 64-bit numbers. */
export type Hex = string;

/** Where a fact stands in the original text: [start, end) in characters. */
export type Span = readonly [start: number, end: number];

/** A value and its place in the original. */
export interface Fact<T> {
  value: T;
  span: Span;
}

export type System = 'freebsd' | 'openbsd' | 'netbsd';
export type Arch = 'i386' | 'amd64';

/** A code address with its segment selector, as trap_fatal prints it (`0x8:0xc027a13e`). */
export interface SegAddr {
  selector?: Hex;
  address: Hex;
}

/** The decoded `fault code` line. */
export interface FaultCode {
  by: 'supervisor' | 'user';
  access: 'read' | 'write' | 'execute';
  why: 'page not present' | 'protection violation' | 'reserved bits' | 'unknown';
}

export interface CodeSegment {
  base?: Hex;
  limit?: Hex;
  type?: Hex;
  dpl?: number;
  pres?: number;
  long?: number;
  def32?: number;
  gran?: number;
}

export interface ProcessFact {
  pid?: number;
  /** Thread id (FreeBSD) or LWP id (NetBSD). */
  tid?: number;
  name?: string;
  /** Set for `current process = Idle`. */
  idle?: boolean;
}

/** What the trap handler printed. Every field is absent where the text does not have it. */
export interface Trap {
  number?: Fact<number>;
  /** The trap's name, as printed (`page fault`). */
  name?: Fact<string>;
  mode?: Fact<'kernel' | 'user'>;
  faultAddress?: Fact<Hex>;
  faultCode?: Fact<FaultCode>;
  ip?: Fact<SegAddr>;
  sp?: Fact<SegAddr>;
  fp?: Fact<SegAddr>;
  codeSegment?: Fact<CodeSegment>;
  eflags?: Fact<{ flags: string[]; iopl?: number }>;
  process?: Fact<ProcessFact>;
  interruptMask?: Fact<string>;
  cpuid?: Fact<number>;
  apicId?: Fact<string>;
  /** The holder of the giant lock of SMP kernels before 5.0 (`mp_lock = 01000003`). */
  mpLock?: Fact<string>;
  /** The hardware error code where it is printed (`code=0`). */
  errorCode?: Fact<number>;
  /** The system's own trap number where it is not that of FreeBSD (NetBSD's `trap type 6`). */
  nativeType?: Fact<number>;
}

export interface Frame {
  function: string;
  /** Offset of the return address (or of the stop) from the function's start. */
  offset?: number;
  /** Arguments as printed, canonical; empty where the line printed none. */
  args: Hex[];
  /** Names of the arguments (kgdb). */
  argNames?: string[];
  address?: Hex;
  framePointer?: Hex;
  source?: { file: string; line?: number };
  module?: string;
  /** The number before the frame (`#5`). */
  number?: number;
  inlined?: boolean;
  locals?: Record<string, string>;
  /** The line was cut: what follows the cut is not known. */
  cut?: boolean;
  /** The lines of two backtraces alternate, and this one could as well be the other's. */
  unsure?: boolean;
  span: Span;
}

/** A line that crosses a trap frame (`--- trap 0xc, eip = ... ---`). */
export interface Boundary {
  /** The frame that stands before it; the interrupted frame is `frames[after + 1]`. */
  after: number;
  what: 'trap' | 'interrupt' | 'syscall' | 'signal';
  trap?: number;
  syscall?: { number?: number; name?: string };
  ip?: Hex;
  sp?: Hex;
  fp?: Hex;
  /** The number of the line where boundaries are counted with the frames (kgdb). */
  number?: number;
  /** The text has no such line (kgdb prints none); the frame of the trap's entry code implies it. */
  implied?: true;
  span: Span;
}

export interface Trace {
  /** How it was printed. */
  style: 'ddb' | 'kdb' | 'kgdb' | 'openbsd' | 'netbsd';
  /** What the text says it is (`established at`), if it says so. */
  purpose?: string;
  process?: ProcessFact;
  frames: Frame[];
  boundaries: Boundary[];
  span: Span;
}

export interface Register {
  name: string;
  value: Hex;
  symbol?: string;
  span: Span;
}

export interface Lock {
  /** `exclusive`, `shared`, or absent. */
  mode?: string;
  /** `sleep mutex`, `rw`, `lockmgr` ... */
  class?: string;
  name: string;
  type?: string;
  address?: Hex;
  recursion?: number;
  /** The place where it was taken. */
  at?: { file: string; line?: number };
  /** Its place in a lock order reversal: 1, 2, 3. */
  nth?: number;
  span: Span;
}

export interface StoppedAt {
  function: string;
  offset?: number;
  instruction?: string;
  process?: ProcessFact;
  span: Span;
}

/** One panic, trap, or warning in the text. */
export interface PanicEvent {
  /** What happened: `trap`, `double-fault`, `panic`, `lock-order-reversal`, ... (docs/report-formats.md lists them). */
  kind: string;
  /** The forms that read parts of it. */
  forms: string[];
  message?: Fact<string>;
  trap?: Trap;
  process?: Fact<ProcessFact>;
  stoppedAt?: StoppedAt;
  /** The main backtrace, innermost frame first. */
  frames: Frame[];
  boundaries: Boundary[];
  otherTraces: Trace[];
  registers: Register[];
  locks: Lock[];
  /** What the form itself knows beyond the common fields (zone, size, ticks ...). */
  details: Record<string, Fact<string | number>>;
  cpu?: Fact<number>;
  time?: Fact<number>;
  span: Span;
}

export interface KernelVersion {
  system: System;
  release?: string;
  text: string;
  arch?: Arch;
  span: Span;
}

export interface DumpState {
  state: 'none' | 'started' | 'succeeded' | 'failed' | 'good';
  detail?: string;
  header?: Record<string, Fact<string>>;
  span: Span;
}

/** A command that the text names as the way to the panic. */
export interface RecipeCommand {
  command: string[];
  text: string;
  /** The value of a variable in the command, where the text gives it. */
  size?: {
    variable: string;
    relativeToRam: boolean;
    /** Bytes to add to `ramFactor` times the size of memory (or the size itself if not relative). */
    deltaBytes: number;
    ramFactor: number;
    approximate: boolean;
  };
  span: Span;
}

export type DamageKind =
  | 'missing'
  | 'truncated'
  | 'contradictory'
  | 'garbled'
  | 'gap'
  | 'interleaved'
  | 'reordered'
  | 'limit';

/** What is wrong with the text, and how it is known. */
export interface Damage {
  kind: DamageKind;
  what: string;
  reason: string;
  span?: Span;
}

/** Something that the text does not say but that follows from it. */
export interface Derivation {
  /** The rule's name, stable: `function-start`, `trap-frame-arguments`, ... */
  rule: string;
  /** The finding, one sentence. */
  claim: string;
  /** The arithmetic or the rule behind it. */
  because: string;
  /** Values for programs. */
  values: Record<string, string | number>;
  evidence: Span[];
}

/** Two facts held against each other. */
export interface Check {
  name: string;
  ok: boolean;
  detail: string;
  evidence: Span[];
}

/** What names a panic, free of addresses. */
export interface SignatureParts {
  /** `trap12`, `double-fault`, `panic`, ... */
  class: string;
  /** What the class needs to be told apart: `kernel write null+0x3a`, a panic message without its numbers. */
  what: string;
  /** The frame that an engineer would name. */
  culprit?: string;
  process?: string;
  /** Function names, innermost first; `|` stands for a trap boundary. */
  chain: string[];
}

export interface PsEntry {
  pid: number;
  ppid?: number;
  name: string;
  state?: string;
  wmesg?: string;
  span: Span;
}

/** Everything read from one text. The fields of PanicEvent are those of the panic that the report is about. */
export interface Report extends PanicEvent {
  /** Version of this structure; raised when a field changes its meaning. */
  schema: 1;
  system: System;
  arch: Arch;
  /** The other panics and warnings in the text, in its order. */
  others: PanicEvent[];
  kernel?: KernelVersion;
  dump?: DumpState;
  ps: PsEntry[];
  /** Debugger commands that were typed. */
  commands: Fact<string>[];
  recipe: RecipeCommand[];
  damage: Damage[];
  derived: Derivation[];
  checks: Check[];
  signature: string;
  signatureParts: SignatureParts;
  title: string;
  /** Coarser and finer names for bucketing, coarsest first. */
  alternatives: string[];
  /** What normalisation undid: `quoted`, `syslog`, `html` ... with the count of lines. */
  normalised: Record<string, number>;
}

/** Field layouts of kernel structures, for naming null-plus-offset faults. */
export interface StructLayouts {
  version: string;
  structs: Record<
    string,
    { size: number; fields: Record<string, { offset: number; size: number; type: string }> }
  >;
}

export interface ParseOptions {
  layouts?: StructLayouts;
}

/** The text is no panic report. The message is one line: what was looked for. */
export class ReportError extends Error {
  override readonly name = 'ReportError';
}
