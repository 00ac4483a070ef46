import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { createSystem, History, type System } from '@trap12/system';
import { loadKernel } from '@trap12/system/node.js';
import { latin1Bytes, latin1Text, type Site } from '@trap12/target';
import { beforeAll, describe, expect, it } from 'vitest';
import { codePoint, GdbSession } from '../src/index.js';

const checked = await loadKernel(undefined, 'checked');
const END_NS = 30e9;

const boot = (): System =>
  createSystem(checked, {
    ramBytes: 16 << 20,
    swapBytes: 0,
    command: 'cat /bin/sh | wc -c',
    files: {},
    seed: 5,
  });

const hash = ({ machine }: System): string =>
  createHash('sha256').update(machine.ram.u8).update(String(machine.now())).digest('hex');

/** The machine before a step, by plain execution from power-on. */
function plainly(step: number): string {
  const system = boot();
  system.machine.steps.askFrom({ programs: true, step: (view) => view.number >= step }, step);
  expect(system.machine.run()).toBe('step');
  return hash(system);
}

/** A client without a wire. */
class Client {
  readonly session: GdbSession;

  constructor(
    readonly system: System,
    readonly history: History,
  ) {
    this.session = new GdbSession(system, history, END_NS);
  }

  /** The answer to a packet; if that has the machine go on, why it stopped. */
  async ask(text: string): Promise<string> {
    const outcome = this.session.handle(latin1Bytes(text));
    if (!('go' in outcome)) return outcome.reply;
    return (await this.session.run(outcome.go, { turn: () => Promise.resolve() })).reply;
  }

  private async register(number: number): Promise<number> {
    const digits = await this.ask(`p${number.toString(16)}`);
    return Number.parseInt(digits.match(/../g)!.reverse().join(''), 16);
  }

  async word(at: number): Promise<number> {
    const digits = await this.ask(`m${at.toString(16)},4`);
    return Number.parseInt(digits.match(/../g)!.reverse().join(''), 16);
  }

  /** What gdb has of eax and edx; undefined: it is told that it is not known. */
  async result(): Promise<(number | undefined)[]> {
    const both = [await this.register(0), await this.register(2)];
    return both.map((value) => (Number.isNaN(value) ? undefined : value));
  }

  /** Goes on until a breakpoint at an address has stopped it. */
  async to(at: number, esp?: number): Promise<void> {
    expect(await this.ask(`Z0,${at.toString(16)},1`)).toBe('OK');
    for (;;) {
      expect(await this.ask('c')).toMatch(/^T05swbreak:;thread:/);
      const where = await this.where();
      if (where.eip === at && (esp === undefined || where.esp === esp)) break;
    }
    expect(await this.ask(`z0,${at.toString(16)},1`)).toBe('OK');
  }

  async where(): Promise<{ eip: number; esp: number; ebp: number }> {
    return { eip: await this.register(8), esp: await this.register(4), ebp: await this.register(5) };
  }
}

let client: Client;
beforeAll(() => {
  const system = boot();
  client = new Client(system, new History(system));
});

describe('where breakpoints can be', () => {
  it('the listing tells where the machine can stand, as the kernel itself does', () => {
    const { symbols, target } = client.system;
    const wrong = symbols.image.sites
      .map(([address]) => address >>> 0)
      .filter((at) => symbols.isPlace(at) !== (target.execution!.place(at) === at));
    expect(wrong).toEqual([]);
  });

  it('at nearly every instruction, and at none that is none', () => {
    const { symbols } = client.system;
    const refused = symbols.image.sites
      .map(([address]) => symbols.site(address)!)
      .filter((site) => codePoint(symbols, site.address) === undefined);
    expect(refused.length).toBeLessThan(symbols.image.sites.length / 50);
    expect(codePoint(symbols, symbols.address('vm_fault') + 2)).toBeUndefined();
    expect(codePoint(symbols, symbols.address('cnt'))).toBeUndefined();
  });
});

/**
 * Instructions of vm_fault: its first, the one behind its prologue, a call that half of the kernel makes as
 * well, the call of vm_fault1, where that returns to, the end.
 */
function points({ symbols }: System): Record<'begin' | 'entry' | 'lock' | 'call' | 'back' | 'leave', number> {
  const own = symbols.symbol('vm_fault');
  const sites: Site[] = [];
  for (
    let at = own.address >>> 0;
    at < (own.address >>> 0) + own.size;
    at = sites.at(-1)!.address + sites.at(-1)!.length
  )
    sites.push(symbols.site(at)!);
  const lock = sites.find(({ instruction }) => /^call\s+_mtx_lock_quick$/.test(instruction))!;
  const call = sites.find(({ instruction }) => /^call\s+vm_fault1$/.test(instruction))!;
  return {
    begin: own.address >>> 0,
    entry: sites.find(({ kind }, i) => kind !== 'prologue' && sites[i - 1]?.kind === 'prologue')!.address,
    lock: lock.address,
    call: call.address,
    back: call.address + call.length,
    leave: sites.find(({ kind }) => kind === 'epilogue')!.address,
  };
}

describe('a run under gdb', () => {
  /** Where it stopped: the step, and the registers. */
  const stops: { step: number; eip: number; esp: number; ebp: number }[] = [];
  let at: ReturnType<typeof points>;

  beforeAll(async () => {
    at = points(client.system);
    for (const address of Object.values(at))
      expect(await client.ask(`Z0,${address.toString(16)},1`)).toBe('OK');
    for (;;) {
      const reply = await client.ask('vCont;c');
      if (reply.includes('replaylog:end')) break;
      expect(reply).toMatch(/^T05swbreak:;thread:/);
      stops.push({ step: client.history.step, ...(await client.where()) });
    }
  }, 120_000);

  it('stops as often where a function begins, behind its prologue, before its call, behind that, and at its end', () => {
    const count = (address: number): number => stops.filter(({ eip }) => eip === address).length;
    expect(count(at.begin)).toBeGreaterThan(100);
    expect(count(at.lock)).toBeGreaterThan(0);
    expect([at.entry, at.call, at.back, at.leave].map(count)).toEqual(Array(4).fill(count(at.begin)));
  });

  it('with the frame of the function that it is said to be in', () => {
    const open = new Map<number, typeof stops>();
    for (const stop of stops) {
      // Each call has its frame where its beginning was: below the return address and the frame pointer.
      if (stop.eip === at.begin) open.set(stop.esp - 4, []);
      else {
        expect(open.has(stop.ebp)).toBe(true);
        open.get(stop.ebp)!.push(stop);
        if (stop.eip === at.leave) {
          const order = open.get(stop.ebp)!.flatMap(({ eip }) => (eip === at.lock ? [] : eip));
          expect(order).toEqual([at.entry, at.call, at.back, at.leave]);
          open.delete(stop.ebp);
        }
      }
    }
    expect(open.size).toBe(0);
  });

  it('and stops at the same places on the way back', async () => {
    const seen: number[] = [];
    for (let i = 0; i < 8; i++) {
      expect(await client.ask('Hg1')).toBe('OK');
      expect(await client.ask('bc')).toMatch(/^T05swbreak:;thread:/);
      seen.push(client.history.step);
      // The thread that stopped is then the one that is asked about.
      expect(Object.values(at)).toContain((await client.where()).eip);
    }
    // What is passed before one step is one stop, backwards.
    const steps = [...new Set(stops.map(({ step }) => step))];
    expect(seen).toEqual(steps.slice(-8).reverse());
    expect(hash(client.system)).toBe(plainly(seen.at(-1)! + 1));
  }, 60_000);

  it('forgets breakpoints that are taken away', async () => {
    for (const address of Object.values(at))
      expect(await client.ask(`z0,${address.toString(16)},1`)).toBe('OK');
    expect(await client.ask('bc')).toMatch(/^T05replaylog:begin;thread:/);
    expect(client.history.step).toBe(0);
  }, 60_000);
});

describe('programs', () => {
  const word = (at: number): Promise<number> => client.word(at);
  const set = (letter: 'Z' | 'z', at: number): Promise<string> =>
    client.ask(`${letter}0,${at.toString(16)},1`);

  it('stop with what a function was called with on the stack, step over system calls, and come back', async () => {
    const { history, system } = client;
    const cat = system.target.programs!.named('cat')!;
    const main = cat.symbols.address('main');
    history.goTo(1);
    client.session.attach();
    expect(await set('Z', main)).toBe('OK');
    // Whichever program has an instruction there stops.
    do expect(await client.ask('c')).toMatch(/^T05swbreak:;thread:/);
    while (system.program !== cat);
    const begun = await client.where();
    const step = history.step + 1;
    expect(begun.eip).toBe(main);
    const back = await word(begun.esp);
    expect(cat.symbols.nearest(back)!.symbol.name).toBe('start');
    expect(await word(begun.esp + 4)).toBe(2);
    // argv[0]
    expect(await word(await word(await word(begun.esp + 8)))).toBe(Buffer.from('cat\0').readInt32LE());
    const functions = new Set<string>();
    for (let i = 0; i < 60; i++) {
      expect(await client.ask('vCont;s:0')).toMatch(/^T05thread:/);
      functions.add(cat.symbols.nearest((await client.where()).eip)!.symbol.name);
    }
    expect(functions.size).toBeGreaterThan(2);
    // main's end is where its caller goes on, with what it was called with still there.
    expect(await set('z', main)).toBe('OK');
    expect(await set('Z', back)).toBe('OK');
    do expect(await client.ask('c')).toMatch(/^T05swbreak:;thread:/);
    while (system.program !== cat);
    expect(await client.where()).toMatchObject({ eip: back, esp: begun.esp + 4, ebp: begun.ebp });
    expect(await set('z', back)).toBe('OK');
    expect(await set('Z', main)).toBe('OK');
    do expect(await client.ask('bc')).toMatch(/^T05swbreak:;thread:/);
    while (system.program !== cat);
    expect(await client.where()).toEqual(begun);
    expect(history.step + 1).toBe(step);
    expect(hash(system)).toBe(plainly(step));
    expect(await set('z', main)).toBe('OK');
  }, 60_000);
});

describe('what a function returns', () => {
  /** Its argument, a string, as the machine that stands has it. */
  const lengthAt = async (at: number): Promise<number> => {
    const text = client.system.target.read(at, 1024);
    const length = text.indexOf(0);
    expect(length).toBeGreaterThan(0);
    return length;
  };

  it.each([
    'kernel',
    'sh',
  ])('is in eax where it has returned to, and nowhere else: strlen of the %s', async (whose) => {
    const { history, system } = client;
    const program = whose === 'kernel' ? undefined : system.target.programs!.named(whose)!;
    const symbols = program?.symbols ?? system.symbols;
    const begin = symbols.address(program === undefined ? 'fmt_strlen' : 'strlen');
    history.goTo(1);
    client.session.attach();
    const seen = new Set<number>();
    for (let i = 0; i < 3; i++) {
      do await client.to(begin);
      while (program !== undefined && system.program !== program);
      expect(await client.result()).toEqual([undefined, undefined]);
      const { esp } = await client.where();
      const length = await lengthAt(await client.word(esp + 4));
      await client.to(await client.word(esp), esp + 4);
      expect(await client.result()).toEqual([length, undefined]);
      seen.add(length);
      expect(await client.ask('vCont;s:0')).toMatch(/^T05thread:/);
      expect(await client.result()).toEqual([undefined, undefined]);
    }
    expect(seen.size).toBeGreaterThan(1);
    const { step } = history;
    expect(hash(system)).toBe(plainly(step + 1));
  }, 60_000);

  it('and a call of a function writes nothing: below the stack there is no memory for gdb', async () => {
    const { esp } = await client.where();
    const before = hash(client.system);
    expect(await client.ask(`X${(esp - 1).toString(16)},0:`)).toBe('OK');
    for (const at of [esp - 1, esp - 4, esp - 64])
      expect(await client.ask(`M${at.toString(16)},1:cc`)).toBe('E01');
    expect(hash(client.system)).toBe(before);
  });
});

describe('single steps', () => {
  it.each([0.35, 0.9])('go back the way that they came, at %d of the run', async (part) => {
    const { history, system } = client;
    history.goTo(Math.floor(history.end * part));
    client.session.attach();
    const start = hash(system);
    const way = [(await client.where()).eip];
    for (let i = 0; i < 20; i++) {
      expect(await client.ask('vCont;s:0')).toMatch(/^T05thread:/);
      way.push((await client.where()).eip);
    }
    const back = [way.at(-1)];
    for (let i = 0; i < 20; i++) {
      expect(await client.ask('bs')).toMatch(/^T05thread:/);
      back.push((await client.where()).eip);
    }
    expect(back.reverse()).toEqual(way);
    expect(hash(system)).toBe(start);
  }, 60_000);

  it('of a range end where the range does, and go back to what plain execution has there', async () => {
    const { history, system } = client;
    const { symbols } = system;
    history.goTo(Math.floor(history.end * 0.5));
    client.session.attach();
    const { function: own } = symbols.site((await client.where()).eip)!;
    const [from, to] = [own.address >>> 0, (own.address >>> 0) + own.size];
    expect(await client.ask(`vCont;r${from.toString(16)},${to.toString(16)}:0`)).toMatch(/^T05thread:/);
    const { eip } = await client.where();
    expect(eip < from || eip >= to).toBe(true);
    await client.ask('bs');
    const { step } = history;
    expect(hash(system)).toBe(plainly(step + 1));
  }, 60_000);
});

describe('watchpoints', () => {
  it('stop behind an access, and backwards before it', async () => {
    const { history, system } = client;
    const { symbols } = system;
    const address = symbols.address('cnt') + symbols.offset('vmmeter', 'v_swtch');
    history.goTo(Math.floor(history.end * 0.5));
    client.session.attach();
    const words: number[] = [];
    const look = async (kind: number, go: string, name: string): Promise<Site> => {
      expect(await client.ask(`Z${kind},${address.toString(16)},4`)).toBe('OK');
      expect(await client.ask(go)).toContain(`T05${name}:${address.toString(16)};thread:`);
      expect(await client.ask(`z${kind},${address.toString(16)},4`)).toBe('OK');
      words.push(system.memory.u32(address));
      return symbols.site((await client.where()).eip)!;
    };
    await look(2, 'vCont;c', 'watch');
    const store = await look(2, 'bc', 'watch');
    expect([store.lvalue, store.kind]).toEqual(['cnt.v_swtch', 'rmw']);
    expect(words[1]).toBe(words[0]! - 1);
    await look(4, 'vCont;c', 'awatch');
    expect(words[2]).toBe(words[0]);
    const { step } = history;
    // An increment reads as well.
    await look(3, 'bc', 'rwatch');
    expect(history.step).toBe(step - 1);
  });

  it('and other stops are what was asked for: one thread, all of them, registers as they are', async () => {
    const all = await client.ask('g');
    expect(await client.ask(`G${all}`)).toBe('OK');
    expect(await client.ask(`G${all.replace(/^xx/, '00')}`)).toBe('E01');
    expect(await client.ask(`G${all.slice(2)}`)).toBe('E01');
  });

  it('are refused where nothing is mapped, and for too much', async () => {
    expect(await client.ask('Z2,1000,4')).toBe('E01');
    expect(await client.ask(`Z2,${client.system.symbols.address('cnt').toString(16)},1001`)).toBe('E01');
  });
});

describe('whatever is sent', () => {
  const words = [
    ...[
      'g',
      'G',
      'p8',
      'P8=',
      'P0=00000000',
      'm',
      'M',
      'X',
      'c',
      's',
      'C05',
      'S05',
      'bc',
      'bs',
      'b',
      'H',
      'T',
      'Z',
      'z',
    ],
    ...[
      'vCont',
      'vCont?',
      'vFile:open:',
      'vMustReplyEmpty',
      'vKill;1',
      'qSupported',
      'qC',
      'qAttached',
      'qSymbol::',
    ],
    ...[
      'qfThreadInfo',
      'qsThreadInfo',
      'qThreadExtraInfo,',
      'qXfer:threads:read::0,fff',
      'qXfer:features:read:',
      '?',
      'D',
    ],
    ...[
      'qRcmd,',
      '70',
      '20',
      '66',
      '0',
      '1',
      'c0100000',
      'c0149dec',
      'ffffffff',
      '-1',
      ',',
      ';',
      ':',
      '=',
      ':1',
      'target.xml',
    ],
    ...['g-1', 'c0', 'r', 'x', '7f'],
  ];
  const piece = fc.oneof({ weight: 6, arbitrary: fc.constantFrom(...words) }, fc.string({ maxLength: 6 }));
  const sent = fc.array(piece, { minLength: 1, maxLength: 7 }).map((pieces) => pieces.join(''));

  it('is answered, and the next one gets its registers', async () => {
    const { history } = client;
    history.goTo(3000);
    client.session.attach();
    const before = client.system.machine.save();
    await fc.assert(
      fc.asyncProperty(sent, async (text) => {
        const bytes = latin1Bytes(text.replaceAll(/[^\0-\xff]/g, '?'));
        const outcome = client.session.handle(bytes);
        const host = { turn: () => Promise.resolve(), stop: () => true };
        const { reply } = 'go' in outcome ? await client.session.run(outcome.go, host) : outcome;
        expect(latin1Text(latin1Bytes(reply))).toBe(reply);
        expect(reply.length).toBeLessThanOrEqual(0x4000);
      }),
      { numRuns: 3000 },
    );
    client.system.machine.restore(before);
    client.session.attach();
    expect(await client.ask('g')).toHaveLength(2 * (16 * 4 + 8 * 10 + 8 * 4));
  }, 60_000);
});
