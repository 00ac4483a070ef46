import {
  BreakpointEvent,
  ContinuedEvent,
  DebugSession,
  ExitedEvent,
  InitializedEvent,
  InvalidatedEvent,
  OutputEvent,
  Response,
  StoppedEvent,
  TerminatedEvent,
} from '@vscode/debugadapter';
import type { DebugProtocol } from '@vscode/debugprotocol';
import { branchLines, Ddb, newestHistory } from '@trap12/ddb';
import { debuggersCall } from '@trap12/system/node.js';
import { type Back, type Execution, type How, stopRegisters } from '@trap12/target';
import { Arguments } from './arguments.js';
import { Breakpoints, describe, type Wanted } from './breakpoints.js';
import { CAPABILITIES } from './capabilities.js';
import { type Debuggee, type Launcher, RequestError } from './debuggee.js';
import * as inspect from './inspect.js';
import { disassemble, readMemory, writeMemory } from './memory.js';
import { type Arrival, Runner } from './runner.js';
import { Sources } from './sources.js';
import { Stand } from './stand.js';

type Body = object | undefined;
type Handler = (args: Arguments) => Body | Promise<Body>;

/** The machine of a session, and what is known about it while it stands. */
interface Attached {
  debuggee: Debuggee;
  execution: Execution;
  runner: Runner;
  sources: Sources;
  ddb: Ddb;
}

/** Commands of the debugger's that change what a client shows. */
const CHANGES = /^\s*(w|write|set|call|kill|!)/;

/** What a client is told of a machine that stands. */
type Standing = Pick<
  DebugProtocol.StoppedEvent['body'],
  'reason' | 'description' | 'text' | 'hitBreakpointIds'
>;

export interface SessionOptions {
  launcher: Launcher;
  /** Directory of the kernel's sources */
  sources: string;
  /** Called once, when the session is over */
  onEnd(): void;
}

/** One client and its machine: the Debug Adapter Protocol over the debugger's own means. */
export class Session extends DebugSession {
  private readonly breakpoints = new Breakpoints();
  private attached: Attached | undefined;
  private stand: Stand | undefined;
  /** What is going on with the machine, until it stands again */
  private run: Promise<void> = Promise.resolve();
  private launching = false;
  private stopOnEntry = false;
  private noDebug = false;
  private ended = false;
  /** Breakpoints are not set while the machine goes to where the session opens. */
  private holding = false;
  /** They changed while the machine went back. */
  private deferred = false;
  /** The step at which the machine halted */
  private haltedAt: number | undefined;
  private invalidates = false;
  private resumed = false;

  constructor(private readonly options: SessionOptions) {
    super();
    // Without this the library ends the process by itself.
    this.setRunAsServer(true);
    this.removeAllListeners('close');
    this.removeAllListeners('error');
    this.on('close', () => this.end());
    this.on('error', ({ body }: { body?: unknown }) =>
      this.tell(`not understood: ${String(body)}`, 'stderr'),
    );
  }

  /** The client is gone, or wants no more. */
  end(): void {
    if (this.ended) return;
    this.ended = true;
    this.attached?.runner.pause();
    this.options.onEnd();
  }

  protected override dispatchRequest(request: DebugProtocol.Request): void {
    void this.answer(request);
  }

  private async answer(request: DebugProtocol.Request): Promise<void> {
    const response: DebugProtocol.Response = new Response(request);
    try {
      const handler = Object.hasOwn(this.handlers, request.command)
        ? this.handlers[request.command]
        : undefined;
      if (handler === undefined) throw new RequestError(`no request ${String(request.command)}`);
      const body = await handler(new Arguments(request.command, request.arguments));
      if (body !== undefined) response.body = body;
      if (!this.ended || request.command === 'disconnect') this.sendResponse(response);
    } catch (error) {
      if (this.ended) return;
      const message = error instanceof Error ? error.message : String(error);
      const body = { error: { id: 1, format: message, showUser: true } };
      this.sendResponse(Object.assign(response, { success: false, message, body }));
    }
    if (request.command === 'disconnect') this.end();
  }

  private tell(line: string, category = 'console'): void {
    if (!this.ended) this.sendEvent(new OutputEvent(`${line}\n`, category));
  }

  /** The requests that are known. */
  private readonly handlers: Readonly<Record<string, Handler>> = {
    initialize: (args) => {
      if ((args.maybeText('pathFormat') ?? 'path') !== 'path')
        throw new RequestError('initialize: pathFormat: accepted: path');
      for (const name of ['linesStartAt1', 'columnsStartAt1'])
        if (args.all[name] === false) throw new RequestError(`initialize: ${name}: accepted: true`);
      this.invalidates = args.flag('supportsInvalidatedEvent');
      return CAPABILITIES;
    },
    launch: (args) => this.launch(args),
    configurationDone: () => this.begin(),
    disconnect: () => this.halt(),
    terminate: async () => {
      await this.halt();
      this.sendEvent(new TerminatedEvent());
      return undefined;
    },
    restart: () => this.restart(),
    setBreakpoints: (args) =>
      this.set(({ sources }) => {
        const list = args.list('breakpoints');
        return this.breakpoints.inSource(sources, args.object('source'), list);
      }),
    setFunctionBreakpoints: (args) =>
      this.set(({ debuggee, execution }) =>
        this.breakpoints.functions(debuggee.system.target, execution, args.list('breakpoints')),
      ),
    setInstructionBreakpoints: (args) =>
      this.set(({ debuggee: { system }, execution }) =>
        this.breakpoints.instructions(system.target, execution, args.list('breakpoints'), system.program),
      ),
    setDataBreakpoints: (args) => this.set(() => this.breakpoints.data(args.list('breakpoints'))),
    setExceptionBreakpoints: () => undefined,
    dataBreakpointInfo: (args) => inspect.dataBreakpointInfo(this.inspected(), args),
    breakpointLocations: (args) => this.locations(args),
    threads: () => this.threads(),
    stackTrace: (args) => inspect.stackTrace(this.inspected(), args),
    scopes: (args) => ({ scopes: this.inspected().stand.scopes(args.number('frameId')) }),
    variables: (args) => inspect.variables(this.inspected(), args),
    setVariable: (args) => this.changing(() => inspect.setVariable(this.inspected(), args)),
    evaluate: (args) => this.evaluate(args),
    completions: (args) => inspect.completions(this.inspected(), args),
    exceptionInfo: () => inspect.exceptionInfo(this.inspected()),
    source: (args) => ({
      content: this.machine().sources.listing(
        args.object('source').maybeNumber('sourceReference') || args.number('sourceReference'),
      ),
    }),
    loadedSources: () => {
      const { sources, debuggee } = this.machine();
      return { sources: debuggee.system.image.files.map((_, file) => sources.ofKernel(file)) };
    },
    disassemble: (args) => {
      const { target, sources } = this.inspected();
      return disassemble(target, sources, args);
    },
    readMemory: (args) => readMemory(this.inspected().target, args),
    writeMemory: (args) => this.changing(() => writeMemory(this.inspected().target, args)),
    continue: () => {
      this.forwards('continue');
      return { allThreadsContinued: true };
    },
    next: (args) => this.step(args, 'line'),
    stepIn: (args) => this.step(args, 'into'),
    stepOut: (args) => this.step(args, 'out'),
    stepBack: (args) => this.stepBack(args),
    reverseContinue: () => {
      this.backwards('continue', true);
      return undefined;
    },
    pause: () => {
      this.attached?.runner.pause();
      return undefined;
    },
  };

  private machine(): Attached {
    if (this.attached === undefined) throw new RequestError('there is no machine: launch one first');
    return this.attached;
  }

  /** The machine as it stands. @throws RequestError while it runs */
  private inspected(): inspect.Inspected {
    const { debuggee, execution, sources, ddb } = this.machine();
    if (this.stand === undefined) throw new RequestError('the machine runs: pause it first');
    return { target: debuggee.system.target, execution, sources, ddb, stand: this.stand };
  }

  private async launch(args: Arguments): Promise<Body> {
    if (this.attached !== undefined || this.launching)
      throw new RequestError('launch: there is a machine already');
    this.stopOnEntry = args.flag('stopOnEntry');
    this.noDebug = args.flag('noDebug');
    this.launching = true;
    try {
      const host = { tell: (line: string) => this.tell(line), stop: () => this.ended };
      this.attach(await this.options.launcher(args.all, host));
    } finally {
      this.launching = false;
    }
    // Now breakpoints can be looked up.
    setImmediate(() => {
      if (!this.ended) this.sendEvent(new InitializedEvent());
    });
    return undefined;
  }

  private attach(debuggee: Debuggee): void {
    const { system } = debuggee;
    const { execution } = system.target;
    if (execution === undefined) throw new RequestError('the kernel of this machine has no steps');
    const ddb = new Ddb(system.target, () => {
      this.resumed = true;
    });
    execution.guard = (call) => debuggersCall(call);
    const sources = new Sources(system.target, execution, this.options.sources);
    this.attached = { debuggee, execution, runner: new Runner(debuggee), sources, ddb };
    this.breakpoints.forget();
    this.stand = undefined;
    this.haltedAt = undefined;
    system.machine.console.onOutput = (chunk) => {
      if (!this.ended) this.sendEvent(new OutputEvent(chunk.replaceAll('\r', ''), 'stdout'));
    };
    for (const line of debuggee.lines) this.tell(line);
  }

  /** The client has set what it wants to set: the machine is brought to where the session opens. */
  private begin(): Body {
    const { debuggee, execution } = this.machine();
    this.breakpoints.apply(execution);
    if (this.stopOnEntry && !this.noDebug) {
      this.run = this.run.then(() => this.stopAt({ reason: 'entry', description: 'before the first step' }));
      return undefined;
    }
    if (debuggee.opensAtEnd || this.noDebug) {
      this.holding = true;
      this.breakpoints.takeOut(execution);
    }
    this.forwards('continue');
    return undefined;
  }

  private async halt(): Promise<Body> {
    this.attached?.runner.pause();
    await this.run;
    return undefined;
  }

  private async restart(): Promise<Body> {
    const { debuggee } = this.machine();
    await this.halt();
    this.attach(await debuggee.again());
    this.begin();
    return undefined;
  }

  /** Notes breakpoints, and sets them where the machine can be told now. */
  private set(note: (attached: Attached) => Wanted[]): Body {
    const attached = this.machine();
    const wanted = note(attached);
    if (this.holding || attached.runner.going === 'backwards') this.deferred = true;
    else this.breakpoints.apply(attached.execution);
    return { breakpoints: wanted.map(describe) };
  }

  /** What was not set while the machine went somewhere is set now. */
  private setDeferred(): void {
    const { execution } = this.machine();
    if (!this.holding && !this.deferred) return;
    this.holding = false;
    this.deferred = false;
    for (const each of this.breakpoints.apply(execution))
      this.sendEvent(new BreakpointEvent('changed', describe(each)));
  }

  private locations(args: Arguments): Body {
    const { sources } = this.machine();
    const source = args.object('source');
    const found = sources.find(source.maybeText('path'), source.maybeNumber('sourceReference'));
    const from = args.number('line');
    const lines =
      'problem' in found ? [] : sources.linesBetween(found.files, from, args.maybeNumber('endLine') ?? from);
    return { breakpoints: lines.map((line) => ({ line })) };
  }

  /** Of a machine that runs, none: they are of its next stop. */
  private threads(): Body {
    const threads = this.stand?.threads() ?? [];
    return { threads: threads.map(({ id, name }) => ({ id, name })) };
  }

  /** Steps are those of the process that stands on the processor. */
  private stepping(args: Arguments): boolean {
    const { stand } = this.inspected();
    const id = args.maybeNumber('threadId');
    const current = stand.threadId(stand.current);
    if (id !== undefined && id !== current)
      throw new RequestError(
        `process ${id} does not stand on the processor: process ${current} does, and is the one that steps`,
      );
    const granularity = args.maybeText('granularity') ?? 'statement';
    if (!['statement', 'line', 'instruction'].includes(granularity))
      throw new RequestError('granularity: accepted: statement, line, instruction');
    return granularity === 'instruction';
  }

  private step(args: Arguments, how: How): Body {
    const byInstruction = this.stepping(args) && how !== 'out';
    this.forwards(byInstruction ? (how === 'line' ? 'over' : 'step') : how);
    return undefined;
  }

  private stepBack(args: Arguments): Body {
    this.backwards(this.stepping(args) ? 'step' : 'line', false);
    return undefined;
  }

  private forwards(how: How): void {
    const { execution, runner } = this.machine();
    this.goes(async () => {
      execution.go(how);
      for (;;) {
        const arrival = await runner.forwards();
        if (!this.goesOn(arrival, false)) return this.arrived(arrival, false);
        execution.goOn();
      }
    });
  }

  private backwards(how: Back, orBeginning: boolean): void {
    this.inspected();
    const { runner } = this.machine();
    this.goes(async () => {
      for (;;) {
        const arrival = await runner.backwards(how, orBeginning);
        const to = how === 'continue';
        if (!to || !this.goesOn(arrival, to)) return this.arrived(arrival, to);
      }
    });
  }

  /** Has the machine go somewhere; a failure of ours ends the session. */
  private goes(go: () => Promise<void>): void {
    const { runner } = this.machine();
    if (runner.going !== undefined) throw new RequestError('the machine runs already');
    this.stand = undefined;
    this.run = go().catch((error: unknown) => {
      this.tell(`internal error: ${error instanceof Error ? error.message : String(error)}`, 'stderr');
      this.sendEvent(new TerminatedEvent());
    });
  }

  /**
   * What has made the machine stand, in the protocol's words, and the breakpoints of this session among that.
   * @param back it went back to the last place to stop at
   */
  private cause(back: boolean): { reason: string; hit: Wanted[] } {
    const { execution, debuggee } = this.machine();
    const { machine, memory } = debuggee.system;
    const { stop } = execution;
    const because = (hit: Wanted[], reason: string): { reason: string; hit: Wanted[] } => ({
      reason: hit[0]?.kind ?? reason,
      hit,
    });
    if (stop?.why === 'watchpoint')
      return because(this.breakpoints.watching(stop.watchpoint.address), 'data breakpoint');
    const { eip } = stopRegisters(memory);
    const user = machine.program !== null;
    if (stop?.why === 'breakpoint' || (back && execution.breaksAt({ site: eip | 0, user })))
      return because(this.breakpoints.at(eip, user ? debuggee.system.program : undefined), 'breakpoint');
    if (!back) return { reason: 'step', hit: [] };
    // Before the store that changed what is watched.
    return because(this.breakpoints.watching(machine.steps.standing?.address ?? 0), 'data breakpoint');
  }

  /**
   * Do none of the breakpoints here want it to stop: a condition does not hold, or there is only something to
   * be told?
   */
  private goesOn({ why }: Arrival, back: boolean): boolean {
    if (why !== 'step' && why !== 'there') return false;
    const { hit } = this.cause(back);
    if (hit.length === 0 || this.ended) return false;
    const { debuggee, execution, sources, ddb } = this.machine();
    const { target } = debuggee.system;
    ddb.session.stopped();
    const stand = new Stand(target, sources);
    const inspected = { target, execution, sources, ddb, stand };
    const frame = stand.topFrame();
    const stops = hit.filter((each) => {
      if (each.condition !== undefined && !this.holds(inspected, frame, each.condition)) return false;
      if (each.log !== undefined) this.tell(inspect.logText(inspected, frame, each.log));
      return each.log === undefined;
    });
    return stops.length === 0;
  }

  /** A condition that makes no sense stops, and says so. */
  private holds(
    inspected: inspect.Inspected,
    frame: ReturnType<Stand['topFrame']>,
    condition: string,
  ): boolean {
    try {
      return inspect.holds(inspected, frame, condition);
    } catch (error) {
      if (!(error instanceof RequestError)) throw error;
      this.tell(`condition ${condition}: ${error.message}`, 'stderr');
      return true;
    }
  }

  /** The machine stands again: tells why. */
  private arrived(arrival: Arrival, back: boolean): void {
    if (this.ended) return;
    const { why } = arrival;
    const { system, history } = this.machine().debuggee;
    const halted = why === 'halt' || why === 'reboot';
    // Who goes on from the end has seen it.
    if (halted && (this.noDebug || this.haltedAt === history.step)) this.over(system.exitStatus ?? 0);
    else if (this.noDebug && why !== 'panic' && why !== 'debugger') this.over(1);
    else this.stopAt(this.standing(arrival, back));
    this.haltedAt = halted ? history.step : undefined;
  }

  /** How the client is told that the machine stands. */
  private standing(arrival: Arrival, back: boolean): Standing {
    const { debuggee, ddb, execution } = this.machine();
    const { system } = debuggee;
    const { why } = arrival;
    switch (why) {
      case 'halt':
      case 'reboot': {
        const how = why === 'halt' ? 'halted' : 'rebooted';
        return { reason: 'exit', description: `the machine has ${how}, status ${system.exitStatus ?? 0}` };
      }
      case 'panic':
      case 'debugger': {
        const lines = ddb.stopped();
        this.tell(lines.join('\n'));
        return { reason: 'exception', description: lines[0]!, text: why };
      }
      case 'pause':
        return { reason: 'pause', description: 'paused' };
      case 'over':
      case 'stuck':
      case 'beginning':
        this.tell(arrival.text);
        return { reason: why === 'beginning' ? 'entry' : 'pause', description: arrival.text };
      default: {
        const { reason, hit } = this.cause(back);
        if (execution.stop?.why === 'watchpoint')
          this.tell(new Ddb(system.target).banner()[0]!.replaceAll('\t', ' '));
        return { reason, hitBreakpointIds: hit.map(({ id }) => id) };
      }
    }
  }

  /** Sends the event, with what the client can ask about from now on. */
  private stopAt({ reason, description, text, hitBreakpointIds = [] }: Standing): void {
    const { debuggee, sources, ddb } = this.machine();
    this.setDeferred();
    // What a command has printed on the way.
    for (const line of ddb.session.takeLines()) this.tell(line);
    ddb.session.stopped();
    const stand = new Stand(debuggee.system.target, sources);
    this.stand = stand;
    const event: DebugProtocol.StoppedEvent = new StoppedEvent(reason, stand.threadId(stand.current));
    Object.assign(event.body, {
      allThreadsStopped: true,
      description: description ?? `${reason}, step ${debuggee.history.step + 1}`,
      ...(text === undefined ? {} : { text }),
      ...(hitBreakpointIds.length === 0 ? {} : { hitBreakpointIds }),
    });
    this.sendEvent(event);
  }

  private over(status: number): void {
    this.sendEvent(new ExitedEvent(status));
    this.sendEvent(new TerminatedEvent());
  }

  /** Does something that changes the machine; in the past that makes another history. */
  private changing(change: () => object): object {
    const { history } = this.machine().debuggee;
    const newest = newestHistory(history);
    const body = change();
    for (const line of branchLines(history, newest)) this.tell(line);
    this.haltedAt = undefined;
    return body;
  }

  private evaluate(args: Arguments): Body {
    const inspected = this.inspected();
    if (args.maybeText('context') !== 'repl') return inspect.evaluateValue(inspected, args);
    const { debuggee } = this.machine();
    const { step, history } = debuggee.history;
    this.resumed = false;
    const body = inspect.evaluateCommand(inspected, args);
    if (this.resumed) {
      this.sendEvent(new ContinuedEvent(inspected.stand.threadId(inspected.stand.current), true));
      this.goes(async () => this.arrived(await this.machine().runner.forwards(), false));
    } else if (debuggee.history.step !== step || debuggee.history.history !== history)
      setImmediate(() => this.stopAt({ reason: 'goto' }));
    else if (this.invalidates && CHANGES.test(args.text('expression')))
      this.sendEvent(new InvalidatedEvent(['all']));
    return body;
  }
}
