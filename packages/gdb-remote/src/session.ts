import { branchLines, Ddb, newestHistory } from '@trap12/ddb';
import { signalOf } from '@trap12/dump';
import {
  type Ending,
  type History,
  NoProgressError,
  type RunHost,
  runFor,
  type System,
} from '@trap12/system';
import {
  BadAddress,
  latin1Bytes,
  latin1Text,
  type Registers,
  stoppedInDebugger,
  type WatchKind,
} from '@trap12/target';
import { beforeCall, isAt } from './call-position.js';
import { codePoint } from './code-points.js';
import { REGISTERS, registerText, targetDescription, threadList } from './description.js';
import { hexBytes, parseHex, parseHexBytes } from './hex.js';
import { makeJudge, type Point, type Reason, type Stepping, type Wanted, type Watch } from './judges.js';
import { MAX_PACKET } from './packet.js';
import type { Position } from './passing.js';
import { type KnownRegisters, overlaid, type Thread, Threads } from './threads.js';

/** How the machine is to go on. */
export interface Going {
  backwards: boolean;
  /** undefined: until something stops it */
  step: { thread: number; range?: { from: number; to: number } } | undefined;
}

/**
 * What comes of a packet: an answer; the machine is to go on, and run() has the answer; the connection is
 * over.
 */
export type Outcome =
  | { readonly reply: string; readonly after?: 'detach' | 'kill' | 'noAck' }
  | { readonly console: readonly string[]; readonly reply: string }
  | { readonly go: Going };

/** Why the machine has stopped, in gdb's form, and what is to be said on gdb's console before. */
export interface Stopped {
  readonly console: readonly string[];
  readonly reply: string;
}

/** Why the machine is to stand, by steps. */
type Notes = Map<number, readonly Reason[]>;

const OK = 'OK';
const ERROR = 'E01';
/** gdb asks what else there is when it gets an empty answer, or does without. */
const UNKNOWN = '';
const SIGINT = 2;
const SIGTRAP = 5;

/** Virtual time between two turns of the host: gdb's Ctrl-C is seen in each. */
const SLICE_NS = 2e6;
/** Bytes of output in one packet to gdb's console. */
const CONSOLE_BYTES = 0x400;
const MEMORY_MAX = MAX_PACKET >> 1;
const WATCH_MAX = 4096;

const WATCH_KINDS: Record<string, WatchKind> = { 2: 'write', 3: 'read', 4: 'access' };
const WATCH_NAMES: Record<WatchKind, string> = { write: 'watch', read: 'rwatch', access: 'awatch' };

const FEATURES = [
  `PacketSize=${MAX_PACKET.toString(16)}`,
  ...[
    'QStartNoAckMode+',
    'qXfer:features:read+',
    'qXfer:threads:read+',
    'vContSupported+',
    'swbreak+',
    'hwbreak+',
  ],
  ...['ReverseStep+', 'ReverseContinue+'],
].join(';');

/** A thread's number in a packet: 0 is any, undefined all or none that can be read. */
const threadId = (text: string): number | undefined => parseHex(text);

/**
 * gdb's remote protocol over a machine and its past: packets in, answers out. Knows no connection. Never
 * throws on what comes from gdb.
 */
export class GdbSession {
  private readonly threads: Threads;
  private readonly ddb: Ddb;
  private points: Point[] = [];
  private watches: Watch[] = [];
  /**
   * Points taken away since the machine went on last: while one thread alone steps over them, they hold for
   * the others
   */
  private lifted: Point[] = [];
  /** What H has chosen: for registers and memory, and to go on */
  private chosen = { g: 0, c: 0 };
  /** Where the thread that stopped is said to stand, if that is not where the machine does */
  private position: Position | undefined;
  /** What else was passed before the step that the machine stands at, and has not been told yet */
  private ahead: readonly Reason[] = [];
  private lastStop = '';
  /** A command of the debugger's would have the machine go on */
  private wantsToGo = false;
  /** Told what whoever watches the server ought to know: gdb says nothing when it has changed the past. */
  onNotice: (line: string) => void = () => undefined;
  /** Step before which the machine stood when the debugger looked last */
  private looked = -1;

  constructor(
    private readonly system: System,
    private readonly history: History,
    private readonly endNs: number,
    /** Asked between turns of the host: why it is over before its time */
    private readonly ends: () => string | undefined = () => undefined,
  ) {
    this.threads = new Threads(system.memory);
    this.ddb = new Ddb(system.target, () => {
      this.wantsToGo = true;
    });
    this.attach();
  }

  /** A client comes. What stood for the one before is forgotten; the machine stays where it is. */
  attach(): void {
    this.points = [];
    this.watches = [];
    this.lifted = [];
    this.ahead = [];
    this.position = undefined;
    this.chosen = { g: 0, c: 0 };
    this.lastStop = this.stopReply(signalOf(this.system.memory) || SIGTRAP);
  }

  /** Answers a packet. */
  handle(data: Uint8Array): Outcome {
    const text = latin1Text(data);
    const newest = newestHistory(this.history);
    try {
      return this.answer(text, data);
    } catch (error) {
      // Memory that the kernel has damaged, or what was asked about it.
      if (error instanceof BadAddress || error instanceof RangeError) return { reply: ERROR };
      throw error;
    } finally {
      for (const line of branchLines(this.history, newest)) this.onNotice(line);
    }
  }

  private answer(text: string, data: Uint8Array): Outcome {
    const rest = text.slice(1);
    switch (text[0]) {
      case '?':
        return { reply: this.lastStop };
      case 'g':
        return { reply: this.allRegisters() };
      case 'G':
        return { reply: this.setRegisters(rest) };
      case 'p':
        return { reply: this.oneRegister(rest) };
      case 'P':
        return { reply: this.setRegister(rest) };
      case 'm':
        return { reply: this.readMemory(rest) };
      case 'M':
      case 'X':
        return { reply: this.writeMemory(text, data) };
      case 'H':
        return { reply: this.choose(rest) };
      case 'T':
        return { reply: this.threads.find(parseHex(rest) ?? -1) === undefined ? ERROR : OK };
      case 'Z':
      case 'z':
        return { reply: this.point(text) };
      case 'c':
      case 's':
      case 'C':
      case 'S':
      case 'b':
        return this.oldGoing(text);
      case 'v':
        return this.extended(text);
      case 'q':
      case 'Q':
        return this.query(text);
      case 'D':
        return { reply: OK, after: 'detach' };
      case 'k':
        return { reply: UNKNOWN, after: 'kill' };
      default:
        return { reply: UNKNOWN };
    }
  }

  private thread(): Thread | undefined {
    const { g } = this.chosen;
    return g === 0 ? this.threads.current() : this.threads.find(g);
  }

  private registers(): KnownRegisters | undefined {
    const thread = this.thread();
    if (thread === undefined) return undefined;
    const known = this.threads.registers(thread);
    if (thread.id !== this.threads.current().id || this.position === undefined) return known;
    const { eip, esp, ebp, result } = this.position;
    const frame = { ...(esp === undefined ? {} : { esp }), ...(ebp === undefined ? {} : { ebp }) };
    return { ...known, eip, ...frame, ...result };
  }

  private allRegisters(): string {
    const known = this.registers();
    if (known === undefined) return ERROR;
    return REGISTERS.map((row) => registerText(row, known)).join('');
  }

  private oneRegister(rest: string): string {
    const known = this.registers();
    const row = REGISTERS[parseHex(rest) ?? -1];
    return known === undefined || row === undefined ? ERROR : registerText(row, known);
  }

  /** All of them: those that are to change are set. */
  private setRegisters(rest: string): string {
    const before = this.allRegisters();
    if (rest.length !== before.length) return ERROR;
    let at = 0;
    let reply = OK;
    REGISTERS.forEach(({ bits }, i) => {
      const value = rest.slice(at, at + bits / 4);
      const changes = value !== before.slice(at, at + bits / 4);
      if (changes && this.setRegister(`${i.toString(16)}=${value}`) === ERROR) reply = ERROR;
      at += bits / 4;
    });
    return reply;
  }

  /** Only where the kernel has left them in memory: it goes on with what is there. */
  private setRegister(rest: string): string {
    const [number, value = ''] = rest.split('=');
    const name = REGISTERS[parseHex(number) ?? -1]?.register;
    const bytes = parseHexBytes(value);
    const { memory } = this.system;
    const stopped = stoppedInDebugger(memory) && this.thread()?.id === this.threads.current().id;
    if (name === undefined || bytes?.length !== 4 || !stopped || this.position !== undefined) return ERROR;
    this.look();
    this.ddb.session.setVariable(
      name satisfies keyof Registers,
      new DataView(bytes.buffer).getUint32(0, true),
    );
    this.threads.forget();
    return OK;
  }

  private readMemory(rest: string): string {
    const [at, length] = rest.split(',').map(parseHex);
    const thread = this.thread();
    if (at === undefined || length === undefined || thread === undefined) return ERROR;
    const there = this.threads.read(thread, at, Math.min(length, MEMORY_MAX));
    const frame = thread.id === this.threads.current().id ? this.position?.frame : undefined;
    const bytes = frame === undefined ? there : overlaid(at, there, frame);
    return bytes.length === 0 && length > 0 ? ERROR : hexBytes(bytes);
  }

  private writeMemory(text: string, data: Uint8Array): string {
    const colon = text.indexOf(':');
    const [at, length] = text.slice(1, Math.max(1, colon)).split(',').map(parseHex);
    const bytes = text[0] === 'X' ? data.subarray(colon + 1) : parseHexBytes(text.slice(colon + 1));
    if (colon < 0 || at === undefined || length === undefined || bytes?.length !== length) return ERROR;
    const thread = this.thread();
    if (thread === undefined || !this.threads.sees(thread, at)) return ERROR;
    const { target } = this.system;
    if (target.read(at, length).length < length) return ERROR;
    if (length > 0 && this.threads.belowStack(thread, this.registers()?.esp, at)) return ERROR;
    if (length > 0) target.write(at, bytes);
    this.threads.forget();
    return OK;
  }

  private choose(rest: string): string {
    const id = rest.slice(1) === '-1' ? 0 : threadId(rest.slice(1));
    const what = rest[0];
    if (id === undefined || (what !== 'g' && what !== 'c')) return ERROR;
    if (id !== 0 && this.threads.find(id) === undefined) return ERROR;
    this.chosen[what] = id;
    return OK;
  }

  private point(text: string): string {
    const [type = '', at, length] = text.slice(1).split(';')[0]!.split(',');
    const address = parseHex(at);
    const bytes = parseHex(length);
    if (address === undefined || bytes === undefined) return ERROR;
    const setting = text[0] === 'Z';
    if (type === '0' || type === '1') return this.codePoint(setting, address, type === '1');
    const kind = WATCH_KINDS[type];
    return kind === undefined ? UNKNOWN : this.watch(setting, { address, bytes, kind });
  }

  private codePoint(setting: boolean, address: number, hard: boolean): string {
    const same = (p: Point): boolean => p.address === address && p.hard === hard;
    const known = this.points.find(same);
    if (!setting) {
      if (known !== undefined) this.lifted.push(known);
      this.points = this.points.filter((p) => !same(p));
      return OK;
    }
    if (known !== undefined) return OK;
    const point = codePoint(this.system.symbols, address);
    if (point === undefined) return ERROR;
    this.points.push({ ...point, hard });
    return OK;
  }

  private watch(setting: boolean, watch: Watch): string {
    const { address, bytes, kind } = watch;
    const others = this.watches.filter((w) => w.address !== address || w.bytes !== bytes || w.kind !== kind);
    if (!setting) {
      this.watches = others;
      return OK;
    }
    if (bytes < 1 || bytes > WATCH_MAX) return ERROR;
    if (this.system.target.read(address, bytes).length < bytes) return ERROR;
    this.watches = [...others, watch];
    return OK;
  }

  /** c, s, C, S with an address to go on at, which nobody can; bc, bs. */
  private oldGoing(text: string): Outcome {
    const thread = this.chosen.c;
    switch (text[0]) {
      case 'b':
        if (text === 'bc') return { go: { backwards: true, step: undefined } };
        return text === 'bs' ? { go: { backwards: true, step: { thread } } } : { reply: UNKNOWN };
      case 'c':
      case 's':
        if (text.length > 1) return { reply: ERROR };
        break;
      default:
        if (text.includes(';')) return { reply: ERROR };
    }
    const stepping = text[0]!.toLowerCase() === 's';
    return { go: { backwards: false, step: stepping ? { thread } : undefined } };
  }

  private extended(text: string): Outcome {
    if (text === 'vCont?') return { reply: 'vCont;c;C;s;S;r' };
    if (text.startsWith('vCont;')) return this.going(text.slice(6).split(';'));
    if (text.startsWith('vKill')) return { reply: OK, after: 'kill' };
    return { reply: UNKNOWN };
  }

  private going(actions: readonly string[]): Outcome {
    if (
      !actions.every((a) =>
        /^([cs]|[CS][0-9a-f]{2}|r[0-9a-f]{1,8},[0-9a-f]{1,8})(:(-1|[0-9a-f]{1,8}))?$/.test(a),
      )
    )
      return { reply: ERROR };
    const stepping = actions.find((a) => /^[sSr]/.test(a));
    // If it is one thread alone, a breakpoint that it steps over stays for the others.
    if (actions.some((a) => /^[cC]/.test(a))) this.lifted = [];
    if (stepping === undefined) return { go: { backwards: false, step: undefined } };
    const [what = '', who = '0'] = stepping.split(':');
    const thread = who === '-1' ? 0 : threadId(who)!;
    if (thread !== 0 && this.threads.find(thread) === undefined) return { reply: ERROR };
    const [from, to] = what[0] === 'r' ? what.slice(1).split(',').map(parseHex) : [];
    const range = from === undefined || to === undefined ? {} : { range: { from, to } };
    return { go: { backwards: false, step: { thread, ...range } } };
  }

  private query(text: string): Outcome {
    const [name = ''] = text.split(/[:,;]/);
    switch (name) {
      case 'qSupported':
        return { reply: FEATURES };
      case 'QStartNoAckMode':
        return { reply: OK, after: 'noAck' };
      case 'qC':
        return { reply: `QC${this.threads.current().id.toString(16)}` };
      case 'qAttached':
        return { reply: '1' };
      case 'qSymbol':
        return { reply: OK };
      case 'qfThreadInfo':
        return {
          reply: `m${this.threads
            .all()
            .map(({ id }) => id.toString(16))
            .join(',')}`,
        };
      case 'qsThreadInfo':
        return { reply: 'l' };
      case 'qThreadExtraInfo':
        return { reply: this.extraInfo(text.slice(name.length + 1)) };
      case 'qXfer':
        return { reply: this.transfer(text) };
      case 'qRcmd':
        return this.monitor(text.slice(name.length + 1));
      default:
        return { reply: UNKNOWN };
    }
  }

  private extraInfo(id: string): string {
    const thread = this.threads.find(parseHex(id) ?? -1);
    if (thread === undefined) return ERROR;
    return hexBytes(latin1Bytes(`${this.threads.name(thread)}: ${this.threads.state(thread)}`));
  }

  private transfer(text: string): string {
    const match = /^qXfer:(features|threads):read:([^:]*):([0-9a-f]+),([0-9a-f]+)$/.exec(text);
    if (match === null) return UNKNOWN;
    const [, object, annex, at, most] = match;
    const offset = parseHex(at);
    const length = parseHex(most);
    const wanted = object === 'features' ? 'target.xml' : '';
    if (annex !== wanted || offset === undefined || length === undefined) return 'E00';
    const all = object === 'features' ? targetDescription() : threadList(this.threads);
    const part = all.slice(offset, offset + Math.min(length, MAX_PACKET - 5));
    return `${offset + part.length < all.length ? 'm' : 'l'}${part}`;
  }

  /** Has the debugger look where the machine stands, if it has gone on since. */
  private look(): void {
    if (this.looked === this.history.step) return;
    this.ddb.session.stopped();
    this.looked = this.history.step;
  }

  /**
   * A command of DDB's. Having the machine go on is gdb's own; commands that go back move it under gdb, which
   * has to be told.
   */
  private monitor(hex: string): Outcome {
    const bytes = parseHexBytes(hex);
    if (bytes === undefined) return { reply: ERROR };
    this.look();
    const before = [this.history.step, this.history.history].join();
    const lines = this.ddb.execute(latin1Text(bytes));
    this.threads.forget();
    if (this.wantsToGo) {
      this.wantsToGo = false;
      this.system.target.execution?.askAgain();
      lines.push("Not here: gdb's own commands have the machine go on.");
    }
    if ([this.history.step, this.history.history].join() !== before) {
      this.position = undefined;
      this.ahead = [];
      this.lastStop = this.stopReply(SIGTRAP);
      this.look();
      lines.push('(gdb has not noticed: `maintenance flush register-cache`, then `frame`)');
    }
    const text = lines.map((line) => `${line}\n`).join('');
    const console: string[] = [];
    for (let at = 0; at < text.length; at += CONSOLE_BYTES)
      console.push(`O${hexBytes(latin1Bytes(text.slice(at, at + CONSOLE_BYTES)))}`);
    return { console, reply: OK };
  }

  /**
   * Has the machine go on as gdb wants it; the answer is why it stopped, with what is to be said on gdb's
   * console before.
   */
  async run(going: Going, host: RunHost): Promise<Stopped> {
    const told = this.untold(going);
    if (told !== undefined) return this.stopped(told);
    this.ahead = [];
    this.position = undefined;
    const lifted = going.step === undefined ? [] : this.lifted;
    this.lifted = [];
    const notes: Notes = new Map();
    const wanted = {
      points: [...this.points, ...lifted.filter((p) => !this.points.some((q) => q.address === p.address))],
      watches: this.watches,
      stepping: this.stepping(going),
    };
    try {
      return await (going.backwards
        ? this.backwards(wanted, host, notes)
        : this.forwards(wanted, host, notes));
    } finally {
      this.system.machine.steps.tellReturns(null);
    }
  }

  private async backwards(wanted: Wanted, host: RunHost, notes: Notes): Promise<Stopped> {
    const note = (step: number, reasons: readonly Reason[]): unknown => notes.set(step, reasons);
    const way = this.history.backTo(() => makeJudge(this.system, wanted, true, note));
    let found = way.next();
    while (found === undefined) {
      await host.turn();
      if (host.stop?.() === true) {
        way.giveUp();
        return this.stopped(this.remember(this.stopReply(SIGINT)));
      }
      found = way.next();
    }
    // Of what is passed before one step, going back comes to the last first.
    if (found) return this.stopped(this.stand(notes.get(this.history.step + 1)!.slice(-1)));
    this.history.goTo(1);
    return this.stopped(this.remember(this.stopReply(SIGTRAP, 'replaylog:begin;')));
  }

  /** What was passed before the place where the machine stands, and gdb does not know of yet. */
  private untold({ backwards, step }: Going): string | undefined {
    const { position, threads } = this;
    const current = threads.current();
    if (step !== undefined && step.thread !== 0 && step.thread !== current.id) return undefined;
    if (backwards) return position === undefined && step !== undefined ? this.backBeforeCall() : undefined;
    const ahead = this.ahead.filter(
      (r) => r.why === 'breakpoint' && this.points.some((p) => p.address === r.point.address),
    );
    if (ahead.length > 0) return this.stand(ahead);
    if (step === undefined || position === undefined) return undefined;
    const place = threads.registers(current).eip;
    if (place === undefined || position.eip === place) return undefined;
    const call = beforeCall(this.system, step.range);
    const before = call !== undefined && !isAt(position, call);
    this.position = before ? call : undefined;
    const { range } = step;
    if (!before && range !== undefined && place >= range.from && place < range.to) return undefined;
    return this.remember(this.stopReply(SIGTRAP));
  }

  /** Back by one from where a function begins is before its call. */
  private backBeforeCall(): string | undefined {
    this.position = beforeCall(this.system, undefined);
    return this.position && this.remember(this.stopReply(SIGTRAP));
  }

  private stepping({ step }: Going): Stepping | undefined {
    if (step === undefined) return undefined;
    const current = this.threads.current();
    const thread = step.thread === 0 ? current : (this.threads.find(step.thread) ?? current);
    const esp = this.threads.registers(thread).esp;
    const context = thread.p === 0 ? this.system.machine.cpu.context : thread.p | 0;
    return { context, esp: thread.id === current.id ? undefined : esp, range: step.range };
  }

  private async forwards(wanted: Wanted, host: RunHost, notes: Notes): Promise<Stopped> {
    const { system, history } = this;
    const note = (step: number, reasons: readonly Reason[]): unknown => notes.set(step, reasons);
    system.target.execution!.goUntil(makeJudge(system, wanted, false, note));
    let interrupted = false;
    const stop = (): boolean => {
      interrupted ||= host.stop?.() === true;
      return interrupted || this.ends() !== undefined;
    };
    let why: Ending;
    try {
      why = await runFor(history, this.endNs / NS, { ...host, stop }, SLICE_NS);
    } catch (error) {
      if (!(error instanceof NoProgressError)) throw error;
      history.goTo(Math.max(1, history.step));
      return { console: [said(error.message)], reply: this.remember(this.stopReply(SIGINT)) };
    } finally {
      system.machine.console.flush();
    }
    if (why === 'step') return this.stopped(this.stand(notes.get(history.step + 1) ?? [], wanted.stepping));
    if (why === 'time' && interrupted) return this.stopped(this.remember(this.stopReply(SIGINT)));
    if (why === 'panic' || why === 'debugger')
      return this.stopped(this.remember(this.stopReply(signalOf(system.memory) || SIGTRAP)));
    return this.ended(why);
  }

  private stopped(reply: string): Stopped {
    return { console: [], reply };
  }

  /** The machine goes on no further. It can be brought back, so it is made to stand before the last step. */
  private ended(why: Ending): Stopped {
    const seconds = `${(this.history.now() / NS).toFixed(9)} virtual seconds`;
    const text =
      why === 'time'
        ? (this.ends() ?? `the machine is not done after ${seconds}`)
        : `the machine has ended after ${seconds} (${why}, status ${this.system.exitStatus ?? 'not known'})`;
    if (why !== 'time') this.history.goTo(this.history.end);
    return { console: [said(text)], reply: this.remember(this.stopReply(SIGTRAP, 'replaylog:end;')) };
  }

  /**
   * The machine stands at a step; the answer tells the first of the reasons, the others come when it is to go
   * on.
   */
  private stand(reasons: readonly Reason[], stepping?: Stepping): string {
    const [reason = STEPPED, ...ahead] = reasons;
    this.ahead = ahead;
    switch (reason.why) {
      case 'step':
        this.position = stepping === undefined ? undefined : beforeCall(this.system, stepping.range);
        return this.remember(this.stopReply(SIGTRAP));
      case 'watchpoint': {
        this.position = undefined;
        const text = `${WATCH_NAMES[reason.kind]}:${reason.address.toString(16)};`;
        return this.remember(this.stopReply(SIGTRAP, text));
      }
      case 'breakpoint':
        this.position = reason.position;
        return this.remember(this.stopReply(SIGTRAP, reason.point.hard ? 'hwbreak:;' : 'swbreak:;'));
    }
  }

  /** What tells gdb that the machine stands, and where: it may have come there just now. */
  private stopReply(signal: number, reason = ''): string {
    this.threads.forget();
    const { id } = this.threads.current();
    return `T${signal.toString(16).padStart(2, '0')}${reason}thread:${id.toString(16)};`;
  }

  /** From a stop on, gdb takes the thread that stopped for chosen. */
  private remember(reply: string): string {
    this.chosen.g = 0;
    this.lastStop = reply;
    return reply;
  }
}

const NS = 1e9;
const STEPPED: Reason = { why: 'step' };
const said = (text: string): string => `O${hexBytes(latin1Bytes(`${text}\n`))}`;
