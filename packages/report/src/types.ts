/**
 * A hexadecimal number in canonical form: `0x`, lower case, no leading zeros. JSON cannot hold 64-bit
 * numbers.
 */
export type Hex = string;

/** Where a fact stands in the original text: [start, end) in characters. */
export type Span = readonly [start: number, end: number];

/** A value and its place in the original: words of the text, or what they say by the letter. */
export interface Fact<T> {
  value: T;
  span: Span;
  /** A rule that may err gave it to this event, or put it together: the text does not say so. */
  likely?: true;
  /** The words of a message stop before its end: what follows is something else's. */
  cut?: true;
}

/** Systems by the names that people call them by; `unknown` where the text does not tell. */
export const SYSTEMS = ['FreeBSD', 'DragonFly', 'OpenBSD', 'NetBSD', 'unknown'] as const;
/** One of SYSTEMS. */
export type System = (typeof SYSTEMS)[number];

/** Processor architectures by FreeBSD's names; `unknown` where the text does not tell. */
export const ARCHES = [
  'i386',
  'amd64',
  'arm',
  'arm64',
  'riscv',
  'powerpc',
  'sparc64',
  'sparc',
  'mips',
  'alpha',
  'hppa',
  'm68k',
  'sh3',
  'vax',
  'unknown',
] as const;
/** One of ARCHES. */
export type Arch = (typeof ARCHES)[number];

/**
 * How sure a derived fact is: `certain` by arithmetic on what is printed, `follows` from the printed text by
 * a rule that holds for that system, `likely` where other explanations are possible.
 */
export const CONFIDENCES = ['certain', 'follows', 'likely'] as const;
/** One of CONFIDENCES. */
export type Confidence = (typeof CONFIDENCES)[number];

/**
 * What a statement rests on: `quoted`, the text says so; `computed`, by arithmetic on what it says; `likely`,
 * by a rule that may err; `not known`.
 */
export const NATURES = ['quoted', 'computed', 'likely', 'not known'] as const;
/** One of NATURES. */
export type Nature = (typeof NATURES)[number];

/** Statements of a report that have no place of their own in the text. */
export const NAMED_STATEMENTS = ['system', 'arch', 'kind', 'message', 'process', 'culprit'] as const;
/** What each of them rests on. */
export type Natures = Record<(typeof NAMED_STATEMENTS)[number], Nature>;

/** A code address with its segment selector, as trap_fatal prints it (`0x8:0xc027a13e`). */
export interface SegAddr {
  selector?: Hex;
  address: Hex;
}

/** The decoded `fault code` line. */
export interface FaultCode {
  by: 'supervisor' | 'user';
  access: 'read' | 'write' | 'execute';
  why: 'page not present' | 'protection violation' | 'reserved bits' | 'alignment' | 'unknown';
}

/** What a syndrome register (esr of arm64, scause of riscv, dsisr of powerpc) says. */
export interface Syndrome {
  register: string;
  value: Hex;
  /** The class of the exception (`data abort, same level`). */
  what: string;
  /** Why the access failed (`translation fault, level 0`), where the register says it. */
  status?: string;
}

/** The `code segment` lines of an x86 trap block. */
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

/** A process as a text names it; what is absent is not in the text. */
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
  mode?: Fact<'kernel' | 'user' | 'vm86'>;
  faultAddress?: Fact<Hex>;
  /** The address is that of the page: the system prints no more of it. */
  pageOnly?: Fact<true>;
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
  /** The processor's error code, where the system prints it. */
  errorCode?: Fact<number>;
  /**
   * What the debugger was entered with (`kernel: type 12 trap, code=0`): an argument, not the processor's
   * code.
   */
  debuggerCode?: Fact<number>;
  /** The system's own trap number where it is not that of FreeBSD (NetBSD's `trap type 6`). */
  nativeType?: Fact<number>;
  /** The decoded syndrome register of architectures that have one. */
  syndrome?: Fact<Syndrome>;
}

/** A line of a backtrace. */
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
  /** Lines between this frame and the one before it (its callee) are left out, or could not be read. */
  gap?: true;
  span: Span;
}

/** A line that crosses a trap frame (`--- trap 0xc, eip = ... ---`). */
export interface Boundary {
  /** The frame that stands before it; the interrupted frame is `frames[after + 1]`. */
  after: number;
  what: 'trap' | 'interrupt' | 'syscall' | 'signal';
  trap?: number;
  /** What an architecture whose debugger gives no number calls the trap. */
  name?: string;
  /** The address that the access was to, where the line gives it (sparc64). */
  faultAddress?: Hex;
  /** That address is the one of the page. */
  pageOnly?: true;
  /** Where the interrupted code had made its last call (sparc64's `%o7`). */
  lastCall?: Hex;
  /** The syndrome (esr, scause) that an architecture without trap numbers prints. */
  syndrome?: Syndrome;
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

/** By what program, or the debugger of which system, a backtrace was printed. */
export type TraceStyle = 'ddb' | 'kdb' | 'kgdb' | 'lldb' | 'openbsd' | 'netbsd';

/** A backtrace. */
export interface Trace {
  /** How it was printed. */
  style: TraceStyle;
  /**
   * What the text says it is, if it is not the trace of the event itself: `established`, `attempted`,
   * `acquired` (where a lock was taken), `allocated`, `freed`, `slept` (of the thread that
   * slept with a lock), `thread` (another thread's).
   */
  purpose?: string;
  /** OpenBSD's witness: a lock order was first seen there. */
  firstSeen?: true;
  /** The CPU that the debugger's prompt names where it was asked for. */
  cpu?: number;
  process?: ProcessFact;
  frames: Frame[];
  boundaries: Boundary[];
  /** The text says that the stack ends here (`end of kernel`). */
  whole?: true;
  /** Its last line stops in the middle. */
  cut?: true;
  /** It is made of frames to which a debugger was told to go: where it ends says nothing of the stack. */
  shown?: true;
  span: Span;
}

/** A register as printed. */
export interface Register {
  name: string;
  value: Hex;
  symbol?: string;
  span: Span;
}

/** A lock that the text names: held, or in a reversal. */
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
  /** What was done with a lock of a reversal, where the text tells: it was held, or asked for. */
  part?: 'held' | 'asked for';
  /** The thread that held it, where the debugger lists the locks by their holders. */
  holder?: ProcessFact;
  span: Span;
}

/** Where the debugger says that the machine stands. */
export interface StoppedAt {
  function: string;
  offset?: number;
  /** Where it stopped, if the text gives the address and no function. */
  address?: Hex;
  instruction?: string;
  process?: ProcessFact;
  /** The function is the debugger's own entry: the place says nothing of the event. */
  debugger?: true;
  /** The CPU on which the debugger was, where that is not the one of the event. */
  cpu?: number;
  span: Span;
}

/** Where a fault was, by what the trap block, the trap boundary and the debugger say together. */
export interface FaultPlace {
  /** The function, where the text names it; without one, only the address is known. */
  function?: string;
  offset?: number;
  address?: Hex;
  source?: { file: string; line?: number };
  /** The frame that called the function (or, of a jump, the one that jumped). */
  caller?: { function: string; offset?: number };
  /** The processor was to execute there, and nothing is there: a call through a null or a bad pointer. */
  jump?: 'null' | 'bad';
  /**
   * The function that jumped has left no frame: it stood between `caller`'s place and the first frame that is
   * shown, which called it.
   */
  lost?: true;
  /** The text gives no address by which block and backtrace could be told to be of one moment. */
  likely?: true;
  /** Which texts say so. */
  evidence: Span[];
}

/** One panic, trap, or warning in the text. */
export interface PanicEvent {
  /**
   * What happened: `trap`, `double-fault`, `panic`, `lock-order-reversal`, ... (docs/report-formats.md lists
   * them).
   */
  kind: string;
  /** The forms that read parts of it. */
  forms: string[];
  message?: Fact<string>;
  trap?: Trap;
  process?: Fact<ProcessFact>;
  stoppedAt?: StoppedAt;
  /** Where the fault was (traps only). */
  faultPlace?: FaultPlace;
  /** The main backtrace, innermost frame first. */
  frames: Frame[];
  boundaries: Boundary[];
  /** How the main backtrace was printed and where it ends; absent without one. */
  traceStyle?: TraceStyle;
  /**
   * It ends where a kernel stack begins (`whole`), in the middle of a line (`cut`), or elsewhere (`open`).
   */
  traceEnd?: 'whole' | 'cut' | 'open';
  otherTraces: Trace[];
  registers: Register[];
  /** At what moment the registers were read: at the fault, or at the entry of the debugger after it. */
  registersOf?: 'fault' | 'debugger';
  /** The CPU whose registers they are, where that is not the one of the event. */
  registersCpu?: number;
  locks: Lock[];
  /** What the form itself knows beyond the common fields (zone, size, ticks ...). */
  details: Record<string, Fact<string | number>>;
  cpu?: Fact<number>;
  time?: Fact<number>;
  /** What the kernel did for the event before it as this one came: this one likely came of that. */
  consequence?: Fact<string>;
  span: Span;
}

/** The kernel by its version line. */
export interface KernelVersion {
  /** The text gives another release as formally as this one, or it gives this one in its heading alone. */
  likely?: true;
  system: System;
  /** Kin of the system by its version line: `pfSense`, `OPNsense`, `HardenedBSD`, `TrueNAS` ... */
  product?: string;
  /** Its number, where it has numbers of its own; those of the system are not in the line then. */
  productRelease?: string;
  release?: string;
  /** The kernel's configuration (`GENERIC`), where the line names it. */
  config?: string;
  text: string;
  arch?: Arch;
  span: Span;
}

/** What became of the crash dump. */
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
  /** How often it was run one time after the other, where the text says so; 0: again and again. */
  times?: number;
  /** In how many copies it was run at the same time, where the text says so; at least 2. */
  copies?: number;
  /** It stands on a line of its own right below the command before it: both are of one script. */
  follows?: true;
  span: Span;
}

/** The memory of the machine, as its kernel printed it at its start, or as the writer says. */
export interface ToldMemory {
  ramBytes: number;
  /** The words that say so */
  said: string;
  span: Span;
}

/** `Damage.what` of a command that the text says two things of, so that it is not taken for the way. */
export const RECIPE_DOUBT = 'a command as a way to it';

/** A program that the text carries as the way to the panic. */
export interface Program {
  language: 'c';
  /** The file name that the text gives it. */
  name?: string;
  lines: number;
  /** System calls (and library calls that are little else) by name, in the order of their first use. */
  calls: string[];
  span: Span;
}

/** Kinds of Damage. */
export type DamageKind =
  | 'unread'
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

/** What a report has as a rule. */
export const PARTS = ['message', 'backtrace', 'version', 'registers'] as const;
/** One of PARTS. */
export type Part = (typeof PARTS)[number];

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
  confidence: Confidence;
  /**
   * It tells where a compiler put things and not what the kernel did: two builds of one source may differ in
   * it.
   */
  aboutBuild?: true;
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

/** One level of the names under which panics are counted, from coarse to fine. */
export interface Bucket {
  /**
   * `kind`, `access` (what was done to which class of address), `culprit`, `frames` (the first own frames).
   */
  level: BucketLevel;
  /**
   * Holds the keys of the coarser levels; the same for the same bug whatever the build, process or machine.
   */
  key: string;
  title: string;
}

/** Levels of Bucket, coarse to fine. */
export const BUCKET_LEVELS = ['kind', 'access', 'culprit', 'frames'] as const;
/** One of BUCKET_LEVELS. */
export type BucketLevel = (typeof BUCKET_LEVELS)[number];

/** A row of `ps` in the debugger. */
export interface PsEntry {
  pid: number;
  /** The thread, where the row is of one. */
  tid?: number;
  ppid?: number;
  name: string;
  state?: string;
  wmesg?: string;
  span: Span;
}

/**
 * Everything read from one text. The fields of PanicEvent are those of the panic that the report is about.
 */
export interface Report extends PanicEvent {
  /** Version of this structure; raised when a field changes its meaning. */
  schema: 2;
  system: System;
  /** Kin of the system by its version line (`pfSense`, `TrueNAS` ...). */
  product?: string;
  arch: Arch;
  /** The other panics and warnings in the text, in its order. */
  others: PanicEvent[];
  kernel?: KernelVersion;
  dump?: DumpState;
  ps: PsEntry[];
  /** Debugger commands that were typed. */
  commands: Fact<string>[];
  recipe: RecipeCommand[];
  /** The memory of its machine, where the text tells one size. */
  memory?: ToldMemory;
  programs: Program[];
  damage: Damage[];
  /** What was read nowhere in the text; it may stand there in a form that nobody knows. */
  unread: Part[];
  /** What the statements rest on that are not words of the text. */
  natures: Natures;
  derived: Derivation[];
  checks: Check[];
  signature: string;
  signatureParts: SignatureParts;
  title: string;
  /**
   * The functions that are the event's own, innermost first, at most five: neither panic, trap, debugger and
   * assertion helpers nor the way in (system call, interrupt, thread start). Names are without what a
   * compiler appends.
   */
  ownFrames: string[];
  /**
   * Names for counting, coarse to fine. Without a culprit the last levels are missing, and the text shares
   * its bucket with no other (`unbucketed` says why).
   */
  buckets: Bucket[];
  /** Why the text must not share a bucket: nothing in it tells its bug from others. */
  unbucketed?: string;
  /**
   * Why a triager would set it aside: no defect of the kernel shows (asked for by hand, out of memory ...).
   */
  suppressed?: string;
  /** Why the first of the event's own functions likely only met what another had done before. */
  bystander?: string;
  /** Why its title and frames cannot be trusted: cut, mixed, or without a trace. */
  corrupted?: string;
  /** What normalisation undid: `quoted`, `syslog`, `html` ... with the count of lines. */
  normalised: Record<string, number>;
}

/** What sorts a report, as `triageReport` reads it: fields of Report, with the values they have there. */
export type Triage = Pick<
  Report,
  | 'system'
  | 'product'
  | 'arch'
  | 'kind'
  | 'kernel'
  | 'title'
  | 'signature'
  | 'signatureParts'
  | 'ownFrames'
  | 'buckets'
  | 'unbucketed'
  | 'suppressed'
  | 'bystander'
  | 'corrupted'
>;

/** Field layouts of kernel structures, for naming null-plus-offset faults. */
export interface StructLayouts {
  version: string;
  structs: Record<
    string,
    { size: number; fields: Record<string, { offset: number; size: number; type: string }> }
  >;
}

/** What parseReport may be given beside the text. */
export interface ParseOptions {
  /**
   * Asked for only where a report is of the kernel whose layouts they are (`isOurKernel`), so it may be a
   * getter.
   */
  layouts?: StructLayouts | undefined;
}

/** The text is no panic report. The message is one line: what was looked for. */
export class ReportError extends Error {
  override readonly name = 'ReportError';
}
