import { findPid } from '@trap12/kernel';
import { commandName, type Memory, type Target } from '@trap12/target';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Ddb } from '../src/index.js';
import { type Thing, Things } from './damage-lists.js';
import { Live } from './live.js';
import { machine, runUntil, swappedOut } from './machines.js';

/*
 * Every show command over a machine of which one word is wrong: a word of each field that the command reads.
 * What does not hang on that word is as before.
 */

/** Small numbers, what looks like characters, and (added below) an address of code. */
const BAD = [0x30, 1, 0x34, 0x5e];
/** So many words of each field, and each bad value: npm run acceptance. */
const FULL = process.env.TRAP12_FULL !== undefined;
const OF_A_FIELD = FULL ? 6 : 1;

/** Bounds of arrays, where they lie, and the time: with them other things are shown. */
const SHAPE = new Set([
  ...['first_page', 'ithd_count', 'mp_ncpus', 'nswbuf', 'swbuf', 'swhash_mask', 'vm_page_array'],
  ...['vm_page_array_size', 'w_count', 'w_edge_count', 'ticks'],
]);

interface Case {
  command: string;
  /** Its argument */
  of?: (memory: Memory) => number;
  /** Lines that sum up what is on the lists, or none of whose parts is read when they are printed */
  sums?: RegExp;
  /** The structure whose lines are several: those behind its first are its own */
  block?: string;
  /** Lines that are always there, of a command that counts */
  always?: RegExp[];
  /** Words that all of it hangs on */
  roots?: (memory: Memory, of: number) => number[];
  /** Only each so-many-eth word is tried */
  stride?: number;
}

interface Said {
  lines: string[];
  /** Words that were read for each line: since the line before */
  reads: Set<number>[];
}

const hex = (at: number): string => (at >>> 0).toString(16);
const word = (value: number): Uint8Array => new Uint8Array(new Uint32Array([value]).buffer);
const tally = { words: 0 };

/** A debugger that knows what it has read for each line. */
class Reader {
  readonly memory: Memory;
  readonly ddb: Ddb;
  readonly things: Things;
  private reading: Set<number> | undefined;

  constructor(readonly target: Target) {
    const note = (va: number, length: number): void => {
      for (let at = (va & ~3) >>> 0; at < va + length && this.reading !== undefined; at += 4)
        this.reading.add(at >>> 0);
    };
    const noting = Object.create(target, {
      word: {
        value(va: number) {
          note(va, 4);
          return target.word?.(va);
        },
      },
      read: {
        value(va: number, length: number) {
          note(va, length);
          return target.read(va, length);
        },
      },
    }) as Target;
    this.ddb = new Ddb(noting);
    this.memory = this.ddb.session.memory;
    this.things = new Things(this.memory);
  }

  said(command: string): Said {
    const { session } = this.ddb;
    const { print } = session;
    const reads: Set<number>[] = [];
    this.reading = new Set();
    const noted = (line: string): void => {
      reads.push(this.reading!);
      this.reading = new Set();
      print(line);
    };
    Object.assign(session, { print: noted });
    const lines = this.ddb.execute(command);
    Object.assign(session, { print });
    this.reading = undefined;
    return { lines, reads };
  }

  /** What a structure is called by in a row. */
  names({ struct, at }: Thing): string[] {
    if (struct !== 'proc') return [hex(at)];
    return [hex(at), `pid ${this.memory.field(struct, at, 'p_pid')}`, `(${commandName(this.memory, at)})`];
  }

  /** Is it by this word that it is called so? */
  isName({ struct, at }: Thing, word: number): boolean {
    if (this.memory.u32(word) === at >>> 0) return true;
    if (struct !== 'proc') return false;
    const comm = this.memory.address(struct, at, 'p_comm') & ~3;
    const end = comm + this.memory.symbols.constant('MAXCOMLEN') + 4;
    return word === this.memory.address(struct, at, 'p_pid') || (word >= comm >>> 0 && word < end >>> 0);
  }

  /** Tries a bad value of a word. */
  with(at: number, value: number, command: string): string[] {
    const old = this.target.read(at, 4).slice();
    this.target.write(at, word(value));
    try {
      return this.ddb.execute(command);
    } finally {
      this.target.write(at, old);
    }
  }
}

/** The words to try: of each field of each structure that is read, and each variable, one; or all. */
function wordsOf({ memory, things }: Reader, { reads }: Said): number[] {
  const { symbols } = memory.target;
  const kinds = new Map<string, number[]>();
  for (const at of new Set(reads.flatMap((set) => [...set]))) {
    const near = symbols.nearest(at);
    const name = near?.symbol.name ?? '';
    if (near?.symbol.kind === 'text' || SHAPE.has(name) || memory.wordAt(at) === undefined) continue;
    const owner = things.of(at)[0];
    const key = owner === undefined ? name : `${owner.struct}+${at - owner.at}`;
    kinds.set(key, [...(kinds.get(key) ?? []), at]);
  }
  // Spread over what there is of them.
  const some = (all: number[]): number[] =>
    Array.from(
      { length: Math.min(all.length, OF_A_FIELD) },
      (_, i) => all[Math.floor(((i + 0.5) * all.length) / Math.min(all.length, OF_A_FIELD))]!,
    );
  return [...kinds.values()].flatMap(some);
}

/** The structures that a line is about: of which more was read for it than the links. */
function aboutOf({ things }: Reader, { reads }: Said, block: string | undefined): Set<Thing>[] {
  let begun: Thing[] = [];
  return reads.map((set) => {
    const about = new Set<Thing>();
    for (const at of set) if (!things.isLink(at)) for (const t of things.of(at)) about.add(t);
    if (block === undefined) return about;
    begun = [...about].some(({ struct }) => struct === block) ? [...about] : [...begun, ...about];
    return new Set(begun);
  });
}

/** May a line be another one when a word is wrong? */
function hangsOn(reader: Reader, at: number, read: Set<number>, about: Set<Thing>): boolean {
  if (reader.things.behind(at)?.some((t) => about.has(t)) === true) return true;
  if (reader.things.isLink(at)) return false;
  return read.has(at) || reader.things.of(at).some((t) => about.has(t));
}

function tryAll(reader: Reader, tried: Case): void {
  const { command: name, of, roots, sums, block, always = [], stride = 1 } = tried;
  const argument = of?.(reader.memory) ?? 0;
  const command = of === undefined ? name : `${name} ${hex(argument)}`;
  const all = roots?.(reader.memory, argument).map((at) => at >>> 0) ?? [];
  const before = reader.said(command);
  const about = aboutOf(reader, before, block);
  const words = wordsOf(reader, before);
  expect([command, words.length > 0]).toEqual([command, true]);
  const bad = [...BAD, reader.target.symbols.address('vm_fault') & ~15];
  for (const [i, at] of words.entries()) {
    if (i % stride !== 0) continue;
    tally.words++;
    for (const value of FULL ? bad : [bad[i % 5]!, bad[(i + 2) % 5]!]) {
      const near = reader.target.symbols.nearest(at);
      const owner = reader.things.of(at)[0];
      const what = `${command}, ${near?.symbol.name ?? ''} ${owner?.struct ?? ''}+${owner === undefined ? '' : at - owner.at} at ${hex(at)} = ${hex(value)}`;
      const lines = reader.with(at, value, command);
      const text = lines.join('\n');
      const there = new Set(lines.map((line) => line.trim()));
      expect([what, /internal error/.exec(text)?.[0], text === '']).toEqual([what, undefined, false]);
      // An address without what was read there is all that is left of a command.
      expect([what, /^\*\*\* error reading from address \w+ \*\*\*$/m.exec(text)?.[0]]).toEqual([
        what,
        undefined,
      ]);
      for (const label of always) expect([what, text]).toEqual([what, expect.stringMatching(label)]);
      // Of all that is counted no more than a part hangs on one word.
      const counts = (last: string): string[] => last.split(/[,:]/).slice(0, -1);
      if (command === 'show invariants') {
        const [then, now] = [counts(before.lines.at(-1)!), counts(lines.at(-1)!)];
        expect([what, text, then.filter((n, k) => n === now[k]).length > then.length / 2]).toEqual([
          what,
          text,
          true,
        ]);
      }
      if (always.length > 0) continue;
      if (all.includes(at)) {
        expect([what, text]).toEqual([what, expect.stringMatching(/\*\*\*|^no lock at|^ class: /)]);
        continue;
      }
      const lost = before.lines.flatMap((line, n) => (there.has(line.trim()) ? [] : [n]));
      const wrongly = lost.filter(
        (n) => !hangsOn(reader, at, before.reads[n]!, about[n]!) && sums?.test(before.lines[n]!) !== true,
      );
      expect([what, wrongly.slice(0, 5).map((n) => before.lines[n])]).toEqual([what, []]);
      // What is damaged is named as before, if it was, and not by that word.
      if (owner === undefined || reader.things.isLink(at) || reader.isName(owner, at)) continue;
      const names = reader.names(owner);
      if (lost.some((n) => names.some((t) => before.lines[n]!.includes(t))))
        expect([what, text, names.some((t) => text.includes(t))]).toEqual([what, text, true]);
    }
  }
}

describe('with one word that is wrong, all that does not hang on it is shown', () => {
  let reader: Reader;

  beforeAll(async () => {
    const m = await machine({
      ncpu: 2,
      command: 'sleep 1000 & dd if=/dev/zero of=/dev/null bs=24m count=3 & hog loop 1m 2; sleep 2000',
    });
    const swapped = (): number => m.memory.field('vmmeter', m.target.symbols.address('cnt'), 'v_swapout');
    runUntil(m, () => swappedOut(m).length > 0 && swapped() > 0, 100e6);
    reader = new Reader(m.target);
  });

  afterAll(() => expect(tally.words).toBeGreaterThan(500));

  const cases: Case[] = [
    { command: 'ps' },
    { command: 'show threads' },
    { command: 'show sleepq', sums: /asleep$/ },
    { command: 'show runq', sums: /runnable/ },
    { command: 'show callout', sums: /pending$|^ticks/ },
    { command: 'show intr', block: 'ithd', sums: /^stray/ },
    { command: 'show malloc' },
    { command: 'show zones' },
    { command: 'show mount/f', block: 'mount' },
    { command: 'show buffer', sums: /physical buffers/ },
    { command: 'show vmopag', block: 'vm_object' },
    { command: 'show allpcpu', block: 'pcpu' },
    {
      command: 'show pageq',
      always: [
        /^PQ_FREE: /,
        /^PQ_CACHE: /m,
        /^PQ_ACTIVE: /m,
        ...['free', 'cache', 'inactive', 'active', 'wired', 'other', 'all'].map(
          (name) => new RegExp(`^${name} +[?\\d]+ .*, +.*\\d`, 'm'),
        ),
      ],
    },
    { command: 'show invariants', always: [/ problems$/], stride: 3 },
    { command: 'show swap', always: [/^Device/, /^swdevt\[0\]|sw_vp/m, /^vm_swap_size=/m] },
    { command: 'show witness', always: [/^Sleep locks:$/m, /^Spin locks:$/m, /^\d+ kinds, /m] },
  ];
  /** A field of a process by its pid. */
  const space = (m: Memory, field: string): number =>
    m.address('vmspace', m.field('proc', findPid(m, 6)!, 'p_vmspace'), field);
  const object = (m: Memory): number => {
    const map = space(m, 'vm_map');
    let e = m.field('vm_map_entry', m.address('vm_map', map, 'header'), 'next');
    while (m.field('vm_map_entry', e, 'object') === 0) e = m.field('vm_map_entry', e, 'next');
    return m.field('vm_map_entry', e, 'object');
  };
  const page = (m: Memory): number => m.u32(m.address('vm_object', m.global('kernel_object'), 'memq'));
  const of: Case[] = [
    { command: 'show proc', of: (m) => findPid(m, 6)! },
    { command: 'show proc', of: (m) => findPid(m, 7)! },
    {
      command: 'show procvm',
      of: (m) => findPid(m, 6)!,
      block: 'vm_map_entry',
      roots: (m, p) => [m.address('proc', p, 'p_vmspace')],
    },
    { command: 'show map', of: (m) => space(m, 'vm_map'), block: 'vm_map_entry' },
    { command: 'show pmap', of: (m) => space(m, 'vm_pmap') },
    { command: 'show object/f', of: object },
    { command: 'show page', of: page },
    { command: 'show lockchain', of: (m) => findPid(m, 6)! },
    { command: 'show zones', of: (m) => m.global('zlist') },
    {
      command: 'show lock',
      of: (m) => m.target.symbols.address('allproc_lock'),
      roots: (m, at) => [m.address('lock_object', at, 'lo_flags')],
    },
    {
      command: 'show lock',
      of: (m) => m.target.symbols.address('Giant'),
      roots: (m, at) => [m.address('lock_object', at, 'lo_flags')],
    },
    { command: 'show vnode', of: (m) => m.global('rootvnode') },
    { command: 'show buffer', of: (m) => m.global('swbuf') },
    { command: 'show msgbuf', roots: (m) => [m.target.symbols.address('msgbufp')] },
    { command: 'show sysinit' },
    { command: 'show regime' },
    { command: 'show pcpu' },
  ];
  for (const [i, each] of [...cases, ...of].entries())
    it(`${i}: ${each.command}`, () => tryAll(reader, each));
});

describe('and of the locks of a machine that stands in the middle', () => {
  let reader: Reader;

  beforeAll(() => {
    const live = new Live({ ncpu: 2, command: 'sleep 1000 & sleep 1; ls / | cat' });
    live.system.machine.run(8e8);
    live.type('break vm_page_alloc');
    expect(live.type('c').join()).toContain('vm_page_alloc');
    reader = new Reader(live.system.target);
  });

  const cases: Case[] = [
    { command: 'show alllocks', block: 'proc' },
    { command: 'show locks' },
    { command: 'show allpcpu', block: 'pcpu' },
    { command: 'ps' },
    { command: 'show runq', sums: /runnable/ },
  ];
  for (const each of cases) it(each.command, () => tryAll(reader, each));
});
