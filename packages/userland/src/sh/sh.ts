/** The shell's execution of commands. */
import { getcwd } from '../lib/files.js';
import type { Libc, User } from '../libc.js';
import { ENOENT, ENOEXEC, SYS } from '../syscalls.js';
import { BUILTINS, SPECIAL_BUILTINS } from './builtins.js';
import { ExpansionError, expandPattern, expandWord, expandWords } from './expand.js';
import { type Job, Jobs } from './jobs.js';
import {
  type AndOr,
  type Command,
  type List,
  parseShell,
  type Pipeline,
  ShellSyntaxError,
  type SimpleCommand,
} from './parse.js';
import { matches } from './pattern.js';
import { Leave } from './leave.js';
import { captureOutput, connect } from './pipes.js';
import { applyRedirects, RedirectError, restoreRedirects, type Saved } from './redirect.js';

/** Cycles that the shell itself spends on a command: a loop of builtins must not stop the clock. */
const CYCLES_PER_COMMAND = 20_000;
const SIGINT = 2;
const SIGQUIT = 3;
/** Signals that an interactive shell ignores and its children do not: INT, QUIT, TERM, TSTP, TTIN, TTOU. */
const INTERACTIVE_SIGNALS = [2, 3, 15, 18, 21, 22];

/** State of one shell. */
export class Shell {
  status = 0;
  lastBackground = 0;
  positional: string[];
  readonly exported = new Set<string>();
  readonly readonlyNames = new Set<string>();
  readonly options = new Set<string>();
  readonly functions = new Map<string, Command>();
  readonly traps = new Map<number, string>();
  readonly jobs: Jobs;
  /** Functions that are running, each with the variables that `local` has hidden. */
  readonly locals: Map<string, string | undefined>[] = [];
  /** Names the shell in complaints: a script's name, nothing otherwise. */
  complainer = '';
  interrupted = false;
  private readonly pendingSignals: number[] = [];
  /** Above 0 a failure is somebody's condition, and -e does not care. */
  private conditions = 0;
  /** A child made for one command: it may become the command instead of forking for it. */
  private lastInChild = false;
  /** Status of the last command substitution. */
  private substituted = 0;

  constructor(
    readonly c: Libc,
    readonly name: string,
    positional: string[],
  ) {
    this.positional = positional;
    this.jobs = new Jobs(c);
    for (const key of c.env.keys()) this.exported.add(key);
  }

  // ---- variables -----------------------------------------------------------------------------------------------

  set(name: string, value: string): void {
    if (this.readonlyNames.has(name)) throw new ExpansionError(`${name}: is read only`);
    this.c.env.set(name, value);
    if (this.options.has('a')) this.exported.add(name);
  }

  /** Value of a variable, positional or special parameter. */
  *parameter(name: string): User<string | undefined> {
    switch (name) {
      case '?':
        return String(this.status);
      case '$':
        return this.c.env.get('$') ?? String(yield* this.c.sys(SYS.getpid));
      case '!':
        return this.lastBackground === 0 ? '' : String(this.lastBackground);
      case '#':
        return String(this.positional.length);
      case '-':
        return [...this.options].join('');
      case '@':
      case '*':
        return this.positional.join((this.c.env.get('IFS') ?? ' ').slice(0, 1));
      case '0':
        return this.name;
    }
    if (/^\d+$/.test(name)) return this.positional[Number(name) - 1];
    return this.c.env.get(name);
  }

  // ---- complaints and signals ------------------------------------------------------------------------------------

  *warn(text: string): User {
    yield* this.c.puts(2, this.complainer === '' ? `${text}\n` : `${this.complainer}: ${text}\n`);
  }

  *complain(text: string, status = 2): User {
    yield* this.warn(text);
    this.status = status;
  }

  /** Catches a signal for this shell; a child that still has the handler lets its parent's shell alone. */
  *catchSignal(sig: number): User {
    yield* this.c.signal(
      sig,
      // biome-ignore lint/correctness/useYield: a signal handler is a generator
      function* (this: Shell, number: number, c: Libc) {
        if (c !== this.c) return;
        if (this.traps.has(number)) this.pendingSignals.push(number);
        else if (number === SIGINT) this.interrupted = true;
      }.bind(this),
    );
  }

  /** Runs the traps of signals that have come; leaves to the prompt after an interrupt. */
  *checkSignals(): User {
    for (let sig: number | undefined; (sig = this.pendingSignals.shift()) !== undefined; ) {
      const { status } = this;
      yield* this.runText(this.traps.get(sig) ?? '');
      this.status = status;
    }
    if (!this.interrupted) return;
    this.interrupted = false;
    this.conditions = 0;
    this.status = 128 + SIGINT;
    throw new Leave('interrupt');
  }

  /** Parses and runs text in this shell. */
  *runText(text: string): User {
    yield* this.run(parseShell(text));
  }

  /** The trap on exit. */
  *exitTrap(): User {
    const action = this.traps.get(0);
    this.traps.delete(0);
    if (action === undefined) return;
    const { status } = this;
    this.conditions = 0;
    yield* this.runText(action);
    this.status = status;
  }

  // ---- lists -----------------------------------------------------------------------------------------------------

  /** Runs a list; its last status is this.status. */
  *run(list: List): User {
    if (this.options.has('n')) return;
    for (const item of list) {
      if (item.background) yield* this.background(item);
      else yield* this.andOr(item);
      yield* this.checkSignals();
    }
  }

  private *background(item: AndOr): User {
    const pid = yield* this.forkShell(
      function* (this: Shell, shell: Shell) {
        const { first, rest } = item;
        // A single command becomes the process: $! is its number.
        if (rest.length === 0 && !first.negate && first.commands.length === 1) {
          shell.lastInChild = true;
          yield* shell.command(first.commands[0]!, first.text);
        } else {
          yield* shell.run([{ ...item, background: false }]);
        }
      }.bind(this),
      0,
      true,
    );
    if (pid < 0) return;
    this.jobs.add([pid], item.text.replace(/\s*&$/, ''));
    this.lastBackground = pid;
    this.status = 0;
  }

  private *andOr(item: AndOr): User {
    const { conditions } = this;
    const steps = [{ op: '&&', pipeline: item.first }, ...item.rest];
    for (const [i, { op, pipeline }] of steps.entries()) {
      if (i > 0 && (op === '&&') !== (this.status === 0)) continue;
      // Whoever catches what is thrown here restores the count.
      this.conditions = conditions + (i < steps.length - 1 ? 1 : 0);
      yield* this.pipeline(pipeline);
    }
    this.conditions = conditions;
  }

  private *pipeline(p: Pipeline): User {
    yield* this.c.cpu.work(CYCLES_PER_COMMAND);
    const { conditions } = this;
    if (p.negate) this.conditions++;
    if (p.commands.length === 1) yield* this.command(p.commands[0]!, p.text);
    else yield* this.pipe(p);
    this.conditions = conditions;
    if (p.negate) this.status = this.status === 0 ? 1 : 0;
    else if (this.status !== 0 && this.options.has('e') && conditions === 0) throw new Leave('exit');
  }

  /** Runs a list whose failure is an answer. */
  private *condition(list: List): User {
    const { conditions } = this;
    this.conditions++;
    try {
      yield* this.run(list);
    } finally {
      this.conditions = conditions;
    }
  }

  // ---- processes ---------------------------------------------------------------------------------------------------

  /**
   * Forks a shell that runs `body`.
   * @param group with job control the process group to join, 0 for one of its own
   * @returns its pid, or -errno after a complaint
   */
  private *forkShell(body: (shell: Shell) => User, group: number, background: boolean): User<number> {
    const { control } = this.jobs;
    const pid = yield* this.c.fork((child) => this.inChild(child, body, group, background));
    if (pid < 0) yield* this.complain(`Cannot fork: ${this.c.strerror(pid)}`);
    else if (control) yield* this.c.sys(SYS.setpgid, pid, group === 0 ? pid : group);
    return pid;
  }

  private *inChild(
    child: Libc,
    body: (shell: Shell) => User,
    group: number,
    background: boolean,
  ): User<number> {
    if (!child.env.has('$')) child.env.set('$', String(yield* child.sys(SYS.getppid)));
    const shell = new Shell(child, this.name, this.positional);
    shell.exported.clear();
    for (const name of this.exported) shell.exported.add(name);
    for (const name of this.readonlyNames) shell.readonlyNames.add(name);
    for (const [name, f] of this.functions) shell.functions.set(name, f);
    for (const option of this.options) if (!'im'.includes(option)) shell.options.add(option);
    shell.status = this.status;
    shell.lastBackground = this.lastBackground;
    shell.complainer = this.complainer;
    yield* this.childSignals(child, group, background);
    for (const [sig, action] of this.traps) {
      if (action === '') shell.traps.set(sig, '');
      else if (sig !== 0) yield* child.signal(sig, 'default');
    }
    try {
      yield* shell.guarded(body(shell));
      yield* shell.exitTrap();
    } catch (error) {
      if (!(error instanceof Leave)) throw error;
      yield* shell.guarded(shell.exitTrap());
    }
    return shell.status;
  }

  private *childSignals(child: Libc, group: number, background: boolean): User {
    if (this.jobs.control) {
      yield* child.sys(SYS.setpgid, 0, group);
      const pgid = group === 0 ? yield* child.sys(SYS.getpid) : group;
      if (!background) {
        const jobs = new Jobs(child);
        jobs.control = true;
        yield* jobs.terminalTo(pgid);
      }
    }
    if (this.options.has('i')) for (const sig of INTERACTIVE_SIGNALS) yield* child.signal(sig, 'default');
    if (background && !this.jobs.control) {
      // Nobody can type for it, and the keys that are meant for others must not reach it.
      yield* child.signal(SIGINT, 'ignore');
      yield* child.signal(SIGQUIT, 'ignore');
      const fd = yield* child.open('/dev/null', 0);
      if (fd > 0) {
        yield* child.sys(SYS.dup2, fd, 0);
        yield* child.close(fd);
      }
    }
  }

  /** Runs something; complains of what went wrong in an expansion or in the grammar of an eval. */
  *guarded(body: User): User {
    try {
      yield* body;
    } catch (error) {
      if (error instanceof ShellSyntaxError) yield* this.complain(`Syntax error: ${error.message}`);
      else if (error instanceof ExpansionError) yield* this.complain(error.message);
      else throw error;
    }
  }

  /** Waits for a job in the foreground and takes its status. */
  *foreground(job: Job): User {
    yield* this.jobs.waitFor(job);
    if (this.jobs.control) yield* this.jobs.terminalTo(yield* this.c.sys(SYS.getpgrp));
    if (job.stopped) {
      this.status = 128 + 18;
      yield* this.c.puts(2, `\n${this.jobs.describe(job)}`);
      return;
    }
    this.status = this.jobs.statusOf(job);
    this.jobs.remove(job);
    const text = this.jobs.epitaph(job, this.options.has('i'));
    if (text !== '') yield* this.c.puts(2, text);
  }

  private *pipe(p: Pipeline): User {
    const { c } = this;
    const pids: number[] = [];
    let input = -1;
    for (let i = 0; i < p.commands.length; i++) {
      let ends: [number, number] = [-1, -1];
      if (i + 1 < p.commands.length) {
        const read = yield* c.sys(SYS.pipe);
        if (read < 0) {
          yield* this.complain(`Pipe call failed: ${c.strerror(read)}`);
          break;
        }
        ends = [read, c.cpu.edx];
      }
      const [from, [next, to]] = [input, ends];
      const body = function* (this: Shell, shell: Shell): User {
        yield* connect(shell.c, from, next, to);
        shell.lastInChild = true;
        yield* shell.command(p.commands[i]!, p.text);
      }.bind(this);
      const pid = yield* this.forkShell(body, pids[0] ?? 0, false);
      if (pid > 0) pids.push(pid);
      if (input >= 0) yield* c.close(input);
      if (to >= 0) yield* c.close(to);
      input = next;
      if (pid < 0) break;
    }
    if (input >= 0) yield* c.close(input);
    if (pids.length > 0) yield* this.foreground(this.jobs.add(pids, p.text));
  }

  // ---- commands ----------------------------------------------------------------------------------------------------

  *command(command: Command, text = ''): User {
    const inChild = this.lastInChild;
    this.lastInChild = false;
    if (command.type === 'simple') return yield* this.simple(command, text, inChild);
    if (command.type === 'function') {
      this.functions.set(command.name, command.body);
      this.status = 0;
      return;
    }
    if (command.type === 'group' && command.subshell && !inChild) {
      const pid = yield* this.forkShell((shell) => shell.compoundRedirected(command), 0, false);
      if (pid > 0) yield* this.foreground(this.jobs.add([pid], text));
      return;
    }
    yield* this.compoundRedirected(command);
  }

  private *compoundRedirected(command: Exclude<Command, SimpleCommand>): User {
    const saved = yield* this.redirect(command);
    if (saved === undefined) return;
    let thrown: unknown;
    try {
      yield* this.compound(command);
    } catch (error) {
      if (!(error instanceof Leave) && !(error instanceof ExpansionError)) throw error;
      thrown = error;
    }
    yield* restoreRedirects(this.c, saved);
    if (thrown !== undefined) throw thrown;
  }

  private *redirect(command: Command): User<Saved | undefined> {
    try {
      return yield* applyRedirects(this, command.redirects);
    } catch (error) {
      if (!(error instanceof RedirectError)) throw error;
      yield* this.complain(error.message);
      return undefined;
    }
  }

  private *compound(command: Exclude<Command, SimpleCommand>): User {
    switch (command.type) {
      case 'group':
        return yield* this.run(command.body);
      case 'if':
        for (const { condition, body } of command.clauses) {
          yield* this.condition(condition);
          if (this.status === 0) return yield* this.run(body);
        }
        this.status = 0;
        if (command.otherwise !== undefined) yield* this.run(command.otherwise);
        return;
      case 'while': {
        let status = 0;
        for (;;) {
          yield* this.condition(command.condition);
          if ((this.status === 0) === command.until) break;
          if (yield* this.loopBody(command.body)) return;
          ({ status } = this);
        }
        this.status = status;
        return;
      }
      case 'for': {
        const words = command.words === undefined ? this.positional : yield* expandWords(this, command.words);
        this.status = 0;
        for (const value of words) {
          this.set(command.name, value);
          if (yield* this.loopBody(command.body)) return;
        }
        return;
      }
      case 'case': {
        const subject = yield* expandWord(this, command.subject);
        this.status = 0;
        for (const { patterns, body } of command.items) {
          for (const pattern of patterns) {
            if (matches(yield* expandPattern(this, pattern), subject)) return yield* this.run(body);
          }
        }
      }
    }
  }

  /** Runs a loop's body once; true if the loop is to end. */
  private *loopBody(body: List): User<boolean> {
    const { conditions } = this;
    try {
      yield* this.run(body);
    } catch (error) {
      this.conditions = conditions;
      if (!(error instanceof Leave) || (error.what !== 'break' && error.what !== 'continue')) throw error;
      if (--error.levels > 0) throw error;
      return error.what === 'break';
    }
    return false;
  }

  private *simple(command: SimpleCommand, text: string, inChild: boolean): User {
    const { status } = this;
    this.substituted = 0;
    const words = yield* expandWords(this, command.words);
    const values: [string, string][] = [];
    for (const { name, value } of command.assigns) values.push([name, yield* expandWord(this, value)]);
    if (this.options.has('x')) yield* this.trace(words, values);
    if (words.length === 0) {
      for (const [name, value] of values) this.set(name, value);
      const saved = yield* this.redirect(command);
      if (saved === undefined) return;
      yield* restoreRedirects(this.c, saved);
      // Without a command it is the last command substitution that counts.
      this.status = this.substituted;
      return;
    }
    this.status = status;
    const name = words[0]!;
    const body = this.functions.get(name);
    if (body !== undefined) return yield* this.callFunction(command, body, words, values);
    if (BUILTINS[name] !== undefined) return yield* this.builtin(command, words, values);
    if (inChild) return yield* this.exec(command, words, values);
    const pid = yield* this.forkShell((shell) => shell.exec(command, words, values), 0, false);
    if (pid > 0) yield* this.foreground(this.jobs.add([pid], text));
  }

  private *trace(words: string[], values: [string, string][]): User {
    const parts = [...values.map(([n, v]) => `${n}=${v}`), ...words];
    yield* this.c.puts(2, `${this.c.env.get('PS4') ?? '+ '}${parts.join(' ')}\n`);
  }

  private *callFunction(
    command: SimpleCommand,
    body: Command,
    words: string[],
    values: [string, string][],
  ): User {
    const saved = yield* this.redirect(command);
    if (saved === undefined) return;
    const { positional, conditions } = this;
    const depth = this.locals.length;
    this.positional = words.slice(1);
    this.locals.push(new Map());
    let thrown: unknown;
    try {
      for (const [name, value] of values) this.hide(name, value);
      yield* this.command(body);
    } catch (error) {
      if (!(error instanceof Leave) && !(error instanceof ExpansionError)) throw error;
      if (!(error instanceof Leave && error.what === 'return')) thrown = error;
    }
    this.positional = positional;
    this.conditions = conditions;
    while (this.locals.length > depth) this.unhide(this.locals.pop()!);
    yield* restoreRedirects(this.c, saved);
    if (thrown !== undefined) throw thrown;
  }

  /** Gives a variable another value until the running function returns. */
  hide(name: string, value: string): void {
    const frame = this.locals[this.locals.length - 1];
    if (frame !== undefined && !frame.has(name)) frame.set(name, this.c.env.get(name));
    this.set(name, value);
  }

  private unhide(frame: Map<string, string | undefined>): void {
    for (const [name, value] of frame) {
      if (value === undefined) this.c.env.delete(name);
      else this.c.env.set(name, value);
    }
  }

  private *builtin(command: SimpleCommand, words: string[], values: [string, string][]): User {
    const name = words[0]!;
    const special = SPECIAL_BUILTINS.has(name);
    const saved = yield* this.redirect(command);
    if (saved === undefined) return;
    const frame = new Map(values.map(([n]) => [n, this.c.env.get(n)] as const));
    for (const [n, value] of values) this.set(n, value);
    // `exec` without a command keeps its redirections.
    const keep = name === 'exec' && words.length === 1;
    let thrown: unknown;
    try {
      this.status = yield* BUILTINS[name]!(this, words);
    } catch (error) {
      if (!(error instanceof Leave) && !(error instanceof ExpansionError)) throw error;
      thrown = error;
    }
    if (!special) this.unhide(frame);
    if (!keep) yield* restoreRedirects(this.c, saved);
    else for (const { copy } of saved) if (copy >= 0) yield* this.c.close(copy);
    if (thrown !== undefined) throw thrown;
  }

  /** Becomes the program. Only comes back if it cannot. */
  private *exec(command: SimpleCommand, words: string[], values: [string, string][]): User {
    if ((yield* this.redirect(command)) === undefined) return;
    for (const [name, value] of values) {
      this.c.env.set(name, value);
      this.exported.add(name);
    }
    this.status = yield* this.become(words);
  }

  /** What `command` runs in a child. */
  *inProgram(child: Libc, words: string[]): User<number> {
    const shell = new Shell(child, this.name, this.positional);
    shell.complainer = this.complainer;
    for (const name of child.env.keys()) if (!this.exported.has(name)) shell.exported.delete(name);
    return yield* shell.become(words);
  }

  /** execve(2) of words, by way of a script without #! if need be; the status if that fails. */
  *become(words: string[]): User<number> {
    const { c } = this;
    const environment = new Map([...c.env].filter(([name]) => this.exported.has(name)));
    let error = yield* c.execvp(words[0]!, words, environment);
    if (error === -ENOEXEC) error = yield* c.execve('/bin/sh', ['sh', ...words], environment);
    yield* this.warn(`${words[0]}: ${error === -ENOENT ? 'not found' : c.strerror(error)}`);
    return error === -ENOENT ? 127 : 126;
  }

  /** Standard output of a list, for $(...) and `...`. */
  *capture(source: string): User<string> {
    const list = parseShell(source);
    const { control } = this.jobs;
    this.jobs.control = false;
    const { text, status } = yield* captureOutput(this.c, (read, write) =>
      this.forkShell(
        function* (this: Shell, shell: Shell): User {
          yield* connect(shell.c, -1, read, write);
          yield* shell.run(list);
        }.bind(this),
        0,
        false,
      ),
    );
    this.jobs.control = control;
    this.substituted = status;
    return text.replace(/\n+$/, '');
  }

  /** The working directory, as `cd` and `pwd` know it. */
  *directory(): User<string> {
    const path = yield* getcwd(this.c);
    return typeof path === 'number' ? '' : path;
  }
}
