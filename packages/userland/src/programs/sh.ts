import { IOBUF_ADDR, type Libc, type Program, type User } from '../libc.js';
import { EINTR, ENOENT, O_APPEND, O_CREAT, O_RDONLY, O_TRUNC, O_WRONLY, SYS } from '../syscalls.js';
import { expandWord, expandWords } from './shexpand.js';
import {
  type AndOr,
  type Command,
  type List,
  parseShell,
  type Pipeline,
  type Redirect,
  ShellSyntaxError,
} from './shparse.js';

const WNOHANG = 1;

/** Leaves a loop or the shell from any depth. */
class Leave {
  constructor(
    readonly what: 'break' | 'continue' | 'exit',
    public levels: number,
  ) {}
}

/** State of one shell. */
export class Shell {
  status = 0;
  lastBackground = 0;
  readonly exported = new Set<string>();

  constructor(
    readonly c: Libc,
    readonly name: string,
    readonly positional: string[],
  ) {
    for (const key of c.env.keys()) this.exported.add(key);
  }

  /** Runs a list; its last status is this.status. */
  *run(list: List): User {
    for (const item of list) {
      if (item.background) yield* this.background(item);
      else yield* this.andOr(item);
    }
  }

  private *background(item: AndOr): User {
    const pid = yield* this.c.fork((child) => this.subshell(child, [{ ...item, background: false }]));
    if (pid < 0) {
      yield* this.c.warn(`cannot fork: ${this.c.strerror(pid)}`);
      this.status = 1;
      return;
    }
    this.lastBackground = pid;
    this.status = 0;
  }

  private *andOr(item: AndOr): User {
    yield* this.pipeline(item.first);
    for (const { op, pipeline } of item.rest) {
      if ((op === '&&') === (this.status === 0)) yield* this.pipeline(pipeline);
    }
  }

  private *pipeline(p: Pipeline): User {
    if (p.commands.length === 1) yield* this.command(p.commands[0]!);
    else yield* this.pipe(p.commands);
    if (p.negate) this.status = this.status === 0 ? 1 : 0;
  }

  private *pipe(commands: Command[]): User {
    const { c } = this;
    const pids: number[] = [];
    let input = -1;
    for (let i = 0; i < commands.length; i++) {
      let ends: [number, number] = [-1, -1];
      if (i + 1 < commands.length) {
        const read = yield* c.sys(SYS.pipe);
        if (read < 0) return yield* this.complain(`cannot make a pipe: ${c.strerror(read)}`);
        ends = [read, c.cpu.edx];
      }
      const [from, [next, to]] = [input, ends];
      const pid = yield* c.fork(
        function* (this: Shell, child: Libc) {
          if (from >= 0) {
            yield* child.sys(SYS.dup2, from, 0);
            yield* child.close(from);
          }
          if (to >= 0) {
            yield* child.sys(SYS.dup2, to, 1);
            yield* child.close(to);
            yield* child.close(next);
          }
          return yield* this.inChild(child, function* (shell) {
            yield* shell.command(commands[i]!, true);
          });
        }.bind(this),
      );
      if (pid > 0) pids.push(pid);
      if (input >= 0) yield* c.close(input);
      if (to >= 0) yield* c.close(to);
      input = next;
      if (pid < 0) yield* this.complain(`cannot fork: ${c.strerror(pid)}`);
    }
    for (const pid of pids) yield* this.await(pid);
  }

  private *complain(text: string): User {
    yield* this.c.warn(text);
    this.status = 2;
  }

  /** Runs a list in a child process. */
  private *subshell(child: Libc, list: List): User<number> {
    return yield* this.inChild(child, (shell) => shell.run(list));
  }

  private *inChild(child: Libc, body: (shell: Shell) => User): User<number> {
    const shell = new Shell(child, this.name, this.positional);
    shell.status = this.status;
    try {
      yield* body(shell);
    } catch (error) {
      if (!(error instanceof Leave)) throw error;
    }
    return shell.status;
  }

  /** Waits for one process and takes its status. */
  private *await(pid: number): User {
    for (;;) {
      const [got, raw] = yield* this.c.wait(pid);
      if (got === -EINTR) continue;
      this.status = got < 0 ? 127 : yield* this.exitStatus(raw);
      return;
    }
  }

  private *exitStatus(raw: number): User<number> {
    const sig = raw & 0x7f;
    if (sig === 0) return (raw >> 8) & 0xff;
    if (sig !== 2 && sig !== 13) yield* this.c.puts(2, `${SIGNAL_TEXTS[sig] ?? `Signal ${sig}`}\n`);
    return 128 + sig;
  }

  *command(command: Command, inChild = false): User {
    if (command.type === 'simple') return yield* this.simple(command, inChild);
    if (command.type === 'group' && command.subshell && !inChild) {
      const pid = yield* this.c.fork((child) => this.inChild(child, (shell) => shell.command(command, true)));
      return pid < 0 ? yield* this.complain(`cannot fork: ${this.c.strerror(pid)}`) : yield* this.await(pid);
    }
    const saved = yield* this.redirect(command.redirects);
    if (saved === undefined) return;
    let left: Leave | undefined;
    try {
      yield* this.compound(command);
    } catch (error) {
      if (!(error instanceof Leave)) throw error;
      left = error;
    }
    yield* this.restore(saved);
    if (left !== undefined) throw left;
  }

  private *compound(command: Exclude<Command, { type: 'simple' }>): User {
    switch (command.type) {
      case 'group':
        return yield* this.run(command.body);
      case 'if':
        for (const { condition, body } of command.clauses) {
          yield* this.run(condition);
          if (this.status === 0) return yield* this.run(body);
        }
        this.status = 0;
        if (command.otherwise !== undefined) yield* this.run(command.otherwise);
        return;
      case 'while':
        for (;;) {
          yield* this.run(command.condition);
          if ((this.status === 0) === command.until) break;
          if (yield* this.loopBody(command.body)) break;
        }
        this.status = 0;
        return;
      case 'for':
        for (const value of yield* expandWords(this, command.words)) {
          this.c.env.set(command.name, value);
          if (yield* this.loopBody(command.body)) break;
        }
        return;
    }
  }

  /** Runs a loop's body once; true if the loop is to end. */
  private *loopBody(body: List): User<boolean> {
    try {
      yield* this.run(body);
    } catch (error) {
      if (!(error instanceof Leave) || error.what === 'exit') throw error;
      if (--error.levels > 0) throw error;
      return error.what === 'break';
    }
    return false;
  }

  private *simple(command: Command & { type: 'simple' }, inChild: boolean): User {
    const { c } = this;
    const words = yield* expandWords(this, command.words);
    const values: [string, string][] = [];
    for (const { name, value } of command.assigns) values.push([name, yield* expandWord(this, value)]);
    if (words.length === 0) {
      for (const [name, value] of values) c.env.set(name, value);
      const saved = yield* this.redirect(command.redirects);
      if (saved !== undefined) yield* this.restore(saved);
      this.status = saved === undefined ? 1 : 0;
      return;
    }
    const builtin = BUILTINS[words[0]!];
    if (builtin !== undefined) {
      const saved = yield* this.redirect(command.redirects);
      if (saved === undefined) return;
      this.status = yield* builtin(this, words);
      yield* this.restore(saved);
      return;
    }
    if (inChild) return yield* this.exec(command, words, values);
    const pid = yield* c.fork((child) => this.inChild(child, (shell) => shell.exec(command, words, values)));
    if (pid < 0) return yield* this.complain(`cannot fork: ${c.strerror(pid)}`);
    yield* this.await(pid);
  }

  /** Becomes the program. Only comes back if it cannot. */
  private *exec(command: Command & { type: 'simple' }, words: string[], values: [string, string][]): User {
    const { c } = this;
    if ((yield* this.redirect(command.redirects)) === undefined) return;
    for (const [name, value] of values) {
      c.env.set(name, value);
      this.exported.add(name);
    }
    for (const key of [...c.env.keys()]) if (!this.exported.has(key)) c.env.delete(key);
    const error = yield* c.execvp(words[0]!, words);
    yield* c.puts(2, error === -ENOENT ? `${words[0]}: not found\n` : `${words[0]}: ${c.strerror(error)}\n`);
    this.status = error === -ENOENT ? 127 : 126;
  }

  /** Applies redirections; [fd, saved copy] pairs to undo them, or undefined after a complaint. */
  private *redirect(redirects: Redirect[]): User<[number, number][] | undefined> {
    const { c } = this;
    const saved: [number, number][] = [];
    for (const r of redirects) {
      const target = yield* expandWord(this, r.target);
      let fd: number;
      if (r.op === '>&') fd = /^\d$/.test(target) ? Number(target) : -9;
      else if (r.op === '<') fd = yield* c.open(target, O_RDONLY);
      else fd = yield* c.open(target, O_WRONLY | O_CREAT | (r.op === '>' ? O_TRUNC : O_APPEND));
      if (fd < 0) {
        yield* this.complain(`cannot ${r.op === '<' ? 'open' : 'create'} ${target}: ${c.strerror(fd)}`);
        yield* this.restore(saved);
        return undefined;
      }
      saved.push([r.fd, yield* c.sys(SYS.dup, r.fd)]);
      yield* c.sys(SYS.dup2, fd, r.fd);
      if (r.op !== '>&' && fd !== r.fd) yield* c.close(fd);
    }
    return saved;
  }

  private *restore(saved: [number, number][]): User {
    for (const [fd, copy] of saved.reverse()) {
      if (copy < 0) {
        yield* this.c.close(fd);
        continue;
      }
      yield* this.c.sys(SYS.dup2, copy, fd);
      yield* this.c.close(copy);
    }
  }

  /** Standard output of a list, for $(...). */
  *capture(source: string): User<string> {
    const { c } = this;
    const list = parseShell(source);
    const read = yield* c.sys(SYS.pipe);
    if (read < 0) return '';
    const write = c.cpu.edx;
    const pid = yield* c.fork(
      function* (this: Shell, child: Libc) {
        yield* child.sys(SYS.dup2, write, 1);
        yield* child.close(write);
        yield* child.close(read);
        return yield* this.subshell(child, list);
      }.bind(this),
    );
    yield* c.close(write);
    let text = '';
    for (;;) {
      const n = yield* c.read(read, IOBUF_ADDR, 4096);
      if (n === -EINTR) continue;
      if (n <= 0) break;
      text += new TextDecoder().decode(yield* c.cpu.read(IOBUF_ADDR, n));
    }
    yield* c.close(read);
    if (pid > 0) yield* this.await(pid);
    return text.replace(/\n+$/, '');
  }

  /** Collects every child that has ended (`wait` without arguments collects all that there are). */
  *waitAll(): User {
    for (;;) {
      const [pid] = yield* this.c.wait(-1);
      if (pid === -EINTR) continue;
      if (pid < 0) return;
    }
  }
}

const SIGNAL_TEXTS: Record<number, string> = {
  1: 'Hangup',
  3: 'Quit',
  4: 'Illegal instruction',
  6: 'Abort trap',
  8: 'Floating exception',
  9: 'Killed',
  10: 'Bus error',
  11: 'Segmentation fault',
  14: 'Alarm clock',
  15: 'Terminated',
};

type Builtin = (shell: Shell, words: string[]) => User<number>;

const leave = (what: 'break' | 'continue'): Builtin =>
  // biome-ignore lint/correctness/useYield: a builtin is a generator
  function* (_shell, words) {
    throw new Leave(what, Number(words[1] ?? 1));
  };

const BUILTINS: Record<string, Builtin> = {
  // biome-ignore lint/correctness/useYield: a builtin is a generator
  *':'() {
    return 0;
  },
  break: leave('break'),
  continue: leave('continue'),
  // biome-ignore lint/correctness/useYield: a builtin is a generator
  *exit(shell, words) {
    if (words[1] !== undefined) shell.status = Number(words[1]) & 0xff;
    throw new Leave('exit', 0);
  },
  *cd(shell, words) {
    const dir = words[1] ?? '/';
    const error = yield* shell.c.sys(SYS.chdir, yield* shell.c.string(dir));
    if (error < 0) yield* shell.c.puts(2, `cd: ${dir}: ${shell.c.strerror(error)}\n`);
    return error < 0 ? 1 : 0;
  },
  *wait(shell, words) {
    if (words[1] === undefined) {
      yield* shell.waitAll();
      return 0;
    }
    const [pid, raw] = yield* shell.c.wait(Number(words[1]));
    return pid < 0 ? 127 : (raw & 0x7f) !== 0 ? 128 + (raw & 0x7f) : (raw >> 8) & 0xff;
  },
  // biome-ignore lint/correctness/useYield: a builtin is a generator
  *export(shell, words) {
    for (const word of words.slice(1)) {
      const eq = word.indexOf('=');
      const name = eq < 0 ? word : word.slice(0, eq);
      if (eq >= 0) shell.c.env.set(name, word.slice(eq + 1));
      shell.exported.add(name);
    }
    return 0;
  },
  *exec(shell, words) {
    if (words.length < 2) return 0;
    const error = yield* shell.c.execvp(words[1]!, words.slice(1));
    yield* shell.c.puts(2, `exec: ${words[1]}: ${shell.c.strerror(error)}\n`);
    throw new Leave('exit', 0);
  },
  *jobs(shell) {
    yield* shell.c.wait(-1, WNOHANG);
    return 0;
  },
};

/** Runs a script; its status. */
function* runScript(shell: Shell, source: string): User<number> {
  try {
    yield* shell.run(parseShell(source));
  } catch (error) {
    if (error instanceof ShellSyntaxError) {
      yield* shell.c.puts(2, `sh: ${error.message}\n`);
      return 2;
    }
    if (!(error instanceof Leave)) throw error;
  }
  return shell.status;
}

/** Reads lines from the console and runs each; lines that are not complete yet are joined to the next. */
function* interactive(shell: Shell): User<number> {
  const { c } = shell;
  let pending = '';
  yield* c.signal(2, function* () {});
  for (;;) {
    yield* c.puts(2, pending === '' ? '# ' : '> ');
    const n = yield* c.read(0, IOBUF_ADDR, 4096);
    if (n === -EINTR) {
      pending = '';
      yield* c.puts(2, '\n');
      continue;
    }
    if (n <= 0) return shell.status;
    pending += new TextDecoder().decode(yield* c.cpu.read(IOBUF_ADDR, n));
    try {
      const list = parseShell(pending);
      pending = '';
      yield* shell.run(list);
    } catch (error) {
      if (error instanceof Leave) return shell.status;
      if (!(error instanceof ShellSyntaxError)) throw error;
      if (error.incomplete) continue;
      pending = '';
      yield* c.puts(2, `sh: ${error.message}\n`);
      shell.status = 2;
    }
  }
}

/** sh(1): enough for scripts of pipes, loops, variables and background jobs. */
export const sh: Program = function* (c) {
  const args = c.argv.slice(1);
  if (args[0] === '-c') {
    if (args[1] === undefined) return yield* c.fail('-c requires an argument', 2);
    return yield* runScript(new Shell(c, args[2] ?? 'sh', args.slice(3)), args[1]);
  }
  if (args[0] === undefined || args[0] === '-i') return yield* interactive(new Shell(c, 'sh', []));
  const script = yield* c.slurp(args[0]);
  if (typeof script === 'number') return yield* c.fail(`${args[0]}: ${c.strerror(script)}`, 127);
  return yield* runScript(new Shell(c, args[0], args.slice(1)), script);
};
