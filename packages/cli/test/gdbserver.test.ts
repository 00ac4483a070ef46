import { spawn } from 'node:child_process';
import { createServer, connect, type Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import { GdbSession, packet } from '@trap12/gdb-remote';
import { createSystem, History, type System } from '@trap12/system';
import { loadKernel, nodeTurn } from '@trap12/system/node.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { GdbServer } from '../src/gdb-server.js';
import { haveGdb, normalised, RemoteGdb } from './gdb.js';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

/** The kernel of 2001-05-19 dies of the first page that goes to swap; by then programs wait for memory. */
const MACHINE = {
  ramBytes: 16 << 20,
  swapBytes: 32 << 20,
  locking: 'vm_mtx-20010519',
  command: 'sleep 1000 & dd if=/dev/zero of=/dev/null bs=20m',
};

/** A server in this process, over a machine that has panicked. */
class Served {
  port = 0;
  panicStep = 0;

  private constructor(
    readonly system: System,
    readonly history: History,
    readonly server: GdbServer,
  ) {}

  static async start(): Promise<Served> {
    const system = createSystem(await loadKernel(undefined, 'checked'), MACHINE);
    const history = new History(system);
    const server = new GdbServer(new GdbSession(system, history, 60e9), { turn: nodeTurn });
    const served = new Served(system, history, server);
    served.toPanic();
    served.panicStep = history.step;
    served.port = await server.listen(0);
    return served;
  }

  toPanic(): void {
    const { history } = this;
    while (history.now() < 60e9) if (history.run(history.now() + 2e7) === 'debugger') return;
    throw new Error('the machine did not panic');
  }
}

let served: Served;
beforeAll(async () => {
  served = await Served.start();
});
afterAll(() => served.server.close());

/** A client that is no gdb. */
class Client {
  private text = '';
  private closed = false;
  private wake: () => void = () => undefined;

  private constructor(private readonly socket: Socket) {
    socket.on('data', (bytes) => {
      this.text += bytes.toString('latin1');
      this.wake();
    });
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.closed = true;
      this.wake();
    });
  }

  static connect(port = served.port): Promise<Client> {
    return new Promise((resolve, reject) => {
      const socket = connect(port, '127.0.0.1', () => resolve(new Client(socket)));
      socket.on('error', reject);
    });
  }

  send(text: string): void {
    this.socket.write(packet(Buffer.from(text, 'latin1')));
  }

  raw(text: string): void {
    this.socket.write(Buffer.from(text, 'latin1'));
  }

  /** The contents of the next packet. */
  async reply(): Promise<string> {
    for (;;) {
      const match = /\$([^#]*)#../.exec(this.text);
      if (match !== null) {
        this.text = this.text.slice(match.index + match[0].length);
        return match[1]!;
      }
      if (this.closed) throw new Error(`the connection is closed: ${this.text}`);
      await new Promise<void>((resolve) => {
        this.wake = resolve;
      });
    }
  }

  async ask(text: string): Promise<string> {
    this.send(text);
    return this.reply();
  }

  /** What came until the other side closed. */
  async rest(): Promise<string> {
    while (!this.closed)
      await new Promise<void>((resolve) => {
        this.wake = resolve;
      });
    return this.text;
  }

  async leave(): Promise<void> {
    this.socket.destroy();
    await this.rest();
    // The server has its turn.
    await new Promise((resolve) => setImmediate(resolve));
  }
}

describe('clients that are no gdb', () => {
  it('one at a time: a second is refused with a line', async () => {
    const first = await Client.connect();
    expect(await first.ask('qAttached')).toBe('1');
    const second = await Client.connect();
    expect(await second.rest()).toContain('another gdb is attached');
    expect(await first.ask('?')).toMatch(/^T[0-9a-f]{2}.*thread:/);
    await first.leave();
  });

  it('that send what is no packet, wrong sums and huge lengths are answered, and leave the server for the next', async () => {
    const client = await Client.connect();
    client.raw('GET / HTTP/1.0\r\n\r\n$g#00');
    client.raw(`$${'z'.repeat(100_000)}#00`);
    expect(await client.ask('m0,ffffffff')).toBe('E01');
    expect(await client.ask('mc0100000,ffffffff')).toHaveLength(0x4000);
    for (const [sent, reply] of [
      ['vMustReplyEmpty', ''],
      ['vFile:open:2f,0,0', ''],
      ['Hg7fffffff', 'E01'],
      ['T7fffffff', 'E01'],
      ['vCont;s:7fffffff', 'E01'],
      ['vCont;x', 'E01'],
      ['Z0,ffffffff,1', 'E01'],
      ['Z2,c0100000,fffffff', 'E01'],
      ['Z9,c0100000,1', ''],
      ['P8=00', 'E01'],
      ['Mc0100000,4:00', 'E01'],
      ['qXfer:features:read:nothing:0,10', 'E00'],
      ['p', 'E01'],
    ])
      expect([sent, await client.ask(sent!)]).toEqual([sent, reply]);
    client.raw('$g');
    await client.leave();
    const next = await Client.connect();
    expect(await next.ask('qSupported:swbreak+')).toContain('ReverseContinue+');
    await next.leave();
  });

  it('that come and say nothing are sent away', async () => {
    const { system, history } = served;
    const session = new GdbSession(system, history, 60e9);
    const left: string[] = [];
    const server = new GdbServer(session, { turn: nodeTurn }, undefined, (how) => left.push(how) > 1, 20);
    try {
      const port = await server.listen(0);
      const silent = await Client.connect(port);
      expect(await silent.rest()).toBe('');
      const next = await Client.connect(port);
      expect(await next.ask('D')).toBe('OK');
      await next.rest();
      await server.ended();
      expect(left).toEqual(['lost', 'detach']);
    } finally {
      server.close();
    }
  });

  it('that ask for an answer again get it, unless they have acknowledged it or agreed not to', async () => {
    const client = await Client.connect();
    expect(await client.ask('qAttached')).toBe('1');
    client.raw('-');
    expect(await client.reply()).toBe('1');
    client.raw('+-');
    expect(await client.ask('QStartNoAckMode')).toBe('OK');
    client.raw('--');
    expect(await client.ask('vCont?')).toBe('vCont;c;C;s;S;r');
    await client.leave();
  });

  it('that interrupt a machine that runs, or go away from it', async () => {
    const { history, system } = served;
    history.goTo(1);
    const client = await Client.connect();
    // When it is seen to run.
    system.machine.console.onOutput = () => client.raw('\x03');
    client.send('vCont;c');
    expect(await client.reply()).toMatch(/^T02thread:/);
    system.machine.console.onOutput = () => undefined;
    // Backwards it is where it was.
    client.send('bc');
    client.raw('\x03');
    expect(await client.reply()).toMatch(/^T02thread:/);
    const step = history.step;
    expect(step).toBeGreaterThan(0);
    expect(step).toBeLessThan(served.panicStep);
    client.send('vCont;c');
    await client.leave();
    let next = await Client.connect();
    // It may still be about to stop.
    for (;;) {
      next.send('?');
      const answer = await next.reply().catch(() => undefined);
      if (answer !== undefined) break;
      next = await Client.connect();
    }
    expect(history.step).toBeLessThan(served.panicStep);
    expect(await next.ask('D')).toBe('OK');
    await next.rest();
  });
});

const judge = haveGdb() ? describe : describe.skip;

judge('gdb over the wire', () => {
  let gdb: RemoteGdb;
  beforeAll(() => {
    gdb = new RemoteGdb(served.system.symbols);
    served.history.goTo(1);
    served.toPanic();
  });
  afterAll(() => gdb.remove());

  const golden = async (name: string, commands: readonly string[]): Promise<string> => {
    const said = await gdb.run(served.port, commands);
    await expect(normalised(said)).toMatchFileSnapshot(`transcripts/gdb-${name}.txt`);
    return said;
  };

  it('attaches at the panic: threads, backtraces across traps and system calls, programs', async () => {
    gdb.program('dd');
    const said = await golden('panic', [
      'bt',
      'info threads',
      'thread 9',
      'bt -6',
      'add-symbol-file dd',
      'bt',
      'thread 7',
      'detach',
    ]);
    expect(said).toContain('<signal handler called>');
    expect(said).toMatch(/main \(argc=4, argv=0x[0-9a-f]+\) at userland\/usr\/bin\/dd\/dd\.ts/);
    expect(served.history.step).toBe(served.panicStep);
  });

  it('goes back from there: to the store that a watchpoint is on, as last-write says', async () => {
    const { system, history } = served;
    const faults = system.symbols.address('cnt') + system.symbols.offset('vmmeter', 'v_vm_faults');
    const written = history.write('last', { address: faults, bytes: 4 })!;
    const said = await golden('watch', [
      'watch cnt.v_vm_faults',
      'reverse-continue',
      'bt 3',
      'monitor last-write cnt+14',
      'reverse-stepi',
      'continue',
    ]);
    const values = [...said.matchAll(/^(?:Old|New) value = (\d+)$/gm)].map((m) => Number(m[1]));
    // Back over the store that counted one more, and forwards over it again.
    expect(values).toEqual([values[0], values[0]! - 1, values[0]! - 1, values[0]]);
    expect(history.step).toBe(written.step);
    expect(said).toContain('cnt.v_vm_faults++;');
  });

  it('from the beginning: breakpoints, step, next, finish, and the same backwards', async () => {
    await golden('steps', [
      'reverse-continue',
      'break vm_fault',
      'continue',
      'bt 2',
      'next',
      'step',
      'bt 2',
      'next',
      'finish',
      'delete',
      'next',
      'reverse-next',
      'reverse-step',
      'reverse-finish',
      'reverse-stepi',
      'stepi',
      'info registers eip esp ebp eax gs',
      'thbreak vm_fault1',
      'reverse-continue',
    ]);
  });

  it('finish tells what a function has returned: what its caller then has', async () => {
    gdb.program('dd');
    const said = await golden('finish', [
      'reverse-continue',
      'tbreak vm_page_alloc',
      'continue',
      'finish',
      'next',
      'print m == $',
      'tbreak vm_map_lookup_entry',
      'continue',
      'finish',
      'monitor break dd:main',
      'continue',
      'monitor delete dd:main',
      'add-symbol-file dd',
      'tbreak get_num',
      'continue',
      'finish',
      'next',
      'info registers eax edx',
    ]);
    expect(said).toContain('Value returned is $1 = (struct vm_page *) 0x');
    expect(said).toContain('\n$2 = 1\n');
    expect(said).toMatch(/Value returned is \$3 = (true|false)/);
    // bs=20m
    expect(said).toContain('Value returned is $4 = 20971520\n');
  });

  it('with all kinds of watchpoints, what it may not do, and DDB inside', async () => {
    await golden('monitor', [
      'reverse-continue',
      'monitor goto 100000',
      'maintenance flush register-cache',
      'frame',
      'rwatch cnt.v_page_count',
      'continue',
      'delete',
      'awatch cnt.v_vm_faults',
      'reverse-continue',
      'delete',
      'print $eax = 5',
      'print vm_fault(1, 2, 3, 4)',
      'monitor history',
      'watch *(int *)0x1000',
      'continue',
      'delete',
      'monitor continue',
      'monitor call strlen(ostype)',
      'monitor break vm_map_lookup',
      'continue',
      'monitor delete vm_map_lookup',
      'monitor nonsense',
      'monitor show vmmeter',
      'info mem',
      'remote get /etc/passwd /dev/null',
    ]);
  });

  it('changes memory, which makes another history; a fault of the kernel is a signal', async () => {
    const said = await golden('fault', [
      'reverse-continue',
      'break dofileread',
      'continue',
      'set var fp->f_data = 0',
      'delete',
      'continue',
      'bt',
      'frame function read',
      'info locals',
      'reverse-stepi',
      'frame function read',
      'info locals',
      'frame function dofileread',
      'watch -location fp->f_data',
      'reverse-continue',
    ]);
    expect(said).toContain('SIGSEGV');
    expect(said).toContain('<signal handler called>');
    expect(served.history.end).not.toBe(served.panicStep);
  });

  it('and another one may come, who finds the machine where it was left', async () => {
    const step = served.history.step;
    const said = await gdb.run(served.port, ['info breakpoints', 'monitor x/i $eip']);
    expect(said).toContain('No breakpoints or watchpoints.');
    expect(served.history.step).toBe(step);
  });
});

describe('trap12 gdbserver', () => {
  const trap12 = async (...args: string[]): Promise<{ status: number | string | null; said: string }> => {
    const child = spawn(process.execPath, ['packages/cli/bin/trap12.js', 'gdbserver', ...args], {
      cwd: ROOT,
    });
    let said = '';
    const more = (chunk: Buffer): void => {
      said += chunk.toString('latin1');
      const port = /waiting for gdb: target remote 127\.0\.0\.1:(\d+)/.exec(said)?.[1];
      if (port !== undefined && !killed) {
        killed = true;
        const socket = connect(Number(port), '127.0.0.1', () => socket.write(packet(Buffer.from('k'))));
        socket.on('error', () => undefined);
      }
    };
    let killed = false;
    child.stdout.on('data', more);
    child.stderr.on('data', more);
    const status = await new Promise<number | string | null>((resolve) => {
      child.on('close', (code, signal) => resolve(signal ?? code));
    });
    return { status, said };
  };

  it('says where it waits, and ends when gdb kills the machine', async () => {
    const { status, said } = await trap12('--port', '0', '--ram', '16M', '--', 'true');
    expect(said).toContain('gdb has killed the machine; the machine stands before step 1\n');
    expect(status).toBe(0);
  });

  it('refuses what it cannot do in one line', async () => {
    const other = createServer();
    const port = await new Promise<number>((resolve) => {
      other.listen(0, '127.0.0.1', () => resolve((other.address() as { port: number }).port));
    });
    try {
      expect(await trap12('--port', String(port), '--', 'true')).toEqual({
        status: 2,
        said: `trap12: --port ${port}: another program listens there; 0 takes a free one\n`,
      });
    } finally {
      other.close();
    }
    const wrong = await trap12('--port', '65536');
    expect(wrong.status).toBe(2);
    expect(wrong.said).toContain('accepted: 0 to 65535.');
    expect(await trap12('no-such.sched')).toEqual({
      status: 2,
      said: 'trap12: cannot read no-such.sched: accepted: a schedule, a report, or -- and a command\n',
    });
  });
});
