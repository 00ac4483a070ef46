import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Unit, unit } from './unit.js';
import { STUBS } from './vm_map.stubs.js';

const PAGE = 4096;
const MIN = 0x10000000;
const NPAGES = 24;
const KERN = { SUCCESS: 0, INVALID_ADDRESS: 1, PROTECTION_FAILURE: 2, NO_SPACE: 3, INVALID_ARGUMENT: 4 };

let u: Unit;
beforeAll(async () => {
  u = await unit(
    [
      'kern/kern_ktr.ts',
      'kern/kern_regime.ts',
      'kern/kern_lock.ts',
      'i386/atomic.ts',
      'vm/vm_zone.ts',
      'vm/vm_map.ts',
      'vm/vm_map_lock.ts',
      'vm/vm_map_fault.ts',
      'vm/vm_map_prot.ts',
      'vm/vm_map_wire.ts',
      'vm/vm_map_copy.ts',
      'vm/vm_vmspace.ts',
    ],
    STUBS,
    { get_pcpu: () => u.address('test_pcpu'), intr_disable: () => 0x200, intr_restore: () => {} },
  );
  u.run('test_init');
});

interface Entry {
  va: number;
  start: number;
  end: number;
  object: number;
  offset: number;
  eflags: number;
  prot: number;
  max: number;
  inherit: number;
  wired: number;
}

const entryOf = (e: number): Entry => ({
  va: e,
  start: u.field(e, 'vm_map_entry', 'start'),
  end: u.field(e, 'vm_map_entry', 'end'),
  object: u.field(e, 'vm_map_entry', 'object'),
  offset: u.field(e, 'vm_map_entry', 'offset'),
  eflags: u.field(e, 'vm_map_entry', 'eflags'),
  prot: u.field(e, 'vm_map_entry', 'protection'),
  max: u.field(e, 'vm_map_entry', 'max_protection'),
  inherit: u.field(e, 'vm_map_entry', 'inheritance'),
  wired: u.field(e, 'vm_map_entry', 'wired_count'),
});

const header = (map: number): number => map + (u.image.structs.vm_map?.fields.header?.offset ?? 0);

function entries(map: number): Entry[] {
  const head = header(map);
  const list: Entry[] = [];
  for (let e = u.field(head, 'vm_map_entry', 'next'); e !== head; e = u.field(e, 'vm_map_entry', 'next')) {
    list.push(entryOf(e));
    expect(list.length).toBeLessThan(1000);
  }
  return list;
}

/** Invariants I1 to I4 of vm_map.ts. */
function checkMap(map: number, min: number, max: number): Entry[] {
  const list = entries(map);
  let at = min;
  for (const e of list) {
    expect(e.start).toBeGreaterThanOrEqual(at);
    expect(e.end).toBeGreaterThan(e.start);
    at = e.end;
  }
  expect(at).toBeLessThanOrEqual(max);
  expect(u.field(map, 'vm_map', 'nentries')).toBe(list.length);
  expect(u.field(map, 'vm_map', 'size')).toBe(list.reduce((s, e) => s + e.end - e.start, 0));
  const known = new Set([header(map), ...list.map((e) => e.va)]);
  expect(known.has(u.field(map, 'vm_map', 'hint'))).toBe(true);
  const firstFree = u.field(map, 'vm_map', 'first_free');
  expect(known.has(firstFree)).toBe(true);
  if (firstFree !== header(map)) {
    let end = min;
    for (const e of list) {
      expect(e.start).toBe(end);
      end = e.end;
      if (e.va === firstFree) break;
    }
  }
  return list;
}

interface Page {
  prot: number;
  max: number;
  inherit: number;
  wired: number;
  user: boolean;
  /** Object and page index, once there is an object. */
  id: string | undefined;
}
type Model = (Page | undefined)[];

/** Invariant I6, and that the map says of every page what the model says. */
function checkModel(map: number, model: Model): void {
  const list = checkMap(map, MIN, MIN + NPAGES * PAGE);
  const refs = new Map<number, number>();
  const ids = new Set<string>();
  const seen: Model = model.map(() => undefined);
  for (const e of list) {
    if (e.object !== 0) refs.set(e.object, (refs.get(e.object) ?? 0) + 1);
    for (let va = e.start; va < e.end; va += PAGE) {
      const id = e.object === 0 ? undefined : `${e.object}+${(e.offset + va - e.start) / PAGE}`;
      if (id !== undefined) {
        expect(ids.has(id)).toBe(false);
        ids.add(id);
      }
      seen[(va - MIN) / PAGE] = {
        prot: e.prot,
        max: e.max,
        inherit: e.inherit,
        wired: e.wired,
        user: (e.eflags & 0x20) !== 0,
        id,
      };
    }
  }
  for (const [object, n] of refs) expect(u.field(object, 'vm_object', 'ref_count')).toBe(n);
  model.forEach((page, i) => {
    /* A page's place in its object never changes; it may get one. */
    if (page !== undefined && page.id === undefined) page.id = seen[i]?.id;
  });
  expect(seen).toEqual(model);
}

type Op = { op: string; at: number; n: number; prot: number; max: number };

const range = (o: Op): number[] => {
  const r: number[] = [];
  for (let i = o.at; i < o.at + o.n && i < NPAGES; i++) r.push(i);
  return r;
};

/** Applies an operation to the map and to the model; results must agree. */
function apply(map: number, model: Model, o: Op): void {
  const start = MIN + o.at * PAGE;
  const end = start + o.n * PAGE;
  const pages = range(o);
  const mapped = pages.filter((i) => model[i] !== undefined);
  const whole = mapped.length === o.n;
  const fresh = (): Page => ({
    prot: o.prot & o.max,
    max: o.max,
    inherit: 1,
    wired: 0,
    user: false,
    id: undefined,
  });
  switch (o.op) {
    case 'insert': {
      const got = u.run('test_find', map, start, o.n * PAGE, 0, o.prot & o.max, o.max) >>> 0;
      if (o.at + o.n > NPAGES) expect(got).toBe(KERN.INVALID_ADDRESS);
      else if (mapped.length > 0) expect(got).toBe(KERN.NO_SPACE);
      else {
        expect(got).toBe(start);
        for (const i of pages) model[i] = fresh();
      }
      break;
    }
    case 'find': {
      let at = o.at;
      while (at + o.n <= NPAGES && model.slice(at, at + o.n).some((p) => p !== undefined)) at++;
      const got = u.run('test_find', map, start, o.n * PAGE, 1, o.prot & o.max, o.max) >>> 0;
      if (at + o.n > NPAGES) expect(got).toBe(KERN.NO_SPACE);
      else {
        expect(got).toBe(MIN + at * PAGE);
        for (let i = at; i < at + o.n; i++) model[i] = fresh();
      }
      break;
    }
    case 'remove':
      expect(u.run('vm_map_remove', map, start, end)).toBe(0);
      for (const i of pages) model[i] = undefined;
      break;
    case 'protect':
    case 'setmax': {
      const set = o.op === 'setmax';
      const bad = mapped.some((i) => (o.prot & model[i]!.max) !== o.prot);
      expect(u.run('vm_map_protect', map, start, end, o.prot, set ? 1 : 0)).toBe(
        bad ? KERN.PROTECTION_FAILURE : 0,
      );
      if (bad) break;
      for (const i of mapped) {
        const p = model[i]!;
        if (set) p.max = o.prot;
        p.prot = set ? o.prot & p.prot : o.prot;
      }
      break;
    }
    case 'inherit':
      expect(u.run('vm_map_inherit', map, start, end, o.prot % 3)).toBe(0);
      for (const i of mapped) model[i]!.inherit = o.prot % 3;
      break;
    case 'check':
      expect(Boolean(u.call('vm_map_check_protection', map, start, end, o.prot))).toBe(
        whole && mapped.every((i) => (model[i]!.prot & o.prot) === o.prot),
      );
      break;
    case 'wire': {
      const first = model[o.at] !== undefined;
      const rv = u.run('vm_map_pageable', map, start, end, 0);
      /* A range that ends behind the map is cut to it. */
      const ok = mapped.length === pages.length;
      expect(rv).toBe(first ? (ok ? 0 : KERN.INVALID_ARGUMENT) : KERN.INVALID_ADDRESS);
      if (rv === 0) for (const i of mapped) model[i]!.wired++;
      break;
    }
    case 'unwire': {
      const first = model[o.at] !== undefined;
      const rv = u.run('vm_map_pageable', map, start, end, 1);
      /* The kernel's wirings only: taking the user's away is a mistake of the caller. */
      const ok = mapped.length === pages.length && mapped.every((i) => model[i]!.wired > 0);
      expect(rv).toBe(first ? (ok ? 0 : KERN.INVALID_ARGUMENT) : KERN.INVALID_ADDRESS);
      if (rv === 0) for (const i of mapped) model[i]!.wired--;
      break;
    }
    case 'mlock':
    case 'munlock': {
      const lock = o.op === 'mlock';
      const first = model[o.at] !== undefined;
      const rv = u.run('vm_map_user_pageable', map, start, end, lock ? 0 : 1);
      expect(rv).toBe(first ? 0 : KERN.INVALID_ADDRESS);
      if (rv !== 0) break;
      for (const i of mapped) {
        const p = model[i]!;
        if (p.user !== lock) p.wired += lock ? 1 : -1;
        p.user = lock;
      }
      break;
    }
    case 'touch': {
      const p = model[o.at];
      const type = o.prot & 3;
      const rv = u.run('test_lookup', map, start, type);
      const denied = p !== undefined && (type & p.prot) !== type;
      expect(rv).toBe(p === undefined ? KERN.INVALID_ADDRESS : denied ? KERN.PROTECTION_FAILURE : 0);
      if (rv !== 0 || p === undefined) break;
      const id = `${u.load32(u.address('test_last_object'))}+${u.load32(u.address('test_last_pindex'))}`;
      if (p.id !== undefined) expect(id).toBe(p.id);
      p.id = id;
      break;
    }
    default:
      throw new Error(o.op);
  }
}

const OPS = [
  'insert',
  'insert',
  'find',
  'remove',
  'remove',
  'protect',
  'setmax',
  'inherit',
  'check',
  'wire',
  'unwire',
  'mlock',
  'munlock',
  'touch',
  'touch',
];

const opArb = fc.record({
  op: fc.constantFrom(...OPS),
  at: fc.nat(NPAGES - 1),
  n: fc.integer({ min: 1, max: 8 }),
  prot: fc.nat(7),
  max: fc.constantFrom(7, 7, 7, 3, 5, 1),
});

const newMap = (): { space: number; map: number } => {
  const space = u.run('test_space', MIN, MIN + NPAGES * PAGE) >>> 0;
  return { space, map: space };
};

/** unwire would take a user's wiring if it is the only one; the kernel never does that. */
const sane = (model: Model, o: Op): boolean =>
  o.op !== 'unwire' || range(o).every((i) => !(model[i]?.user && model[i]!.wired === 1));

describe('a map under any sequence of operations', () => {
  it('says of every page what a plain array of pages says', () => {
    fc.assert(
      fc.property(fc.array(opArb, { minLength: 1, maxLength: 40 }), (ops) => {
        u.store32(u.address('test_nobjs'), 0);
        const { space, map } = newMap();
        const model: Model = Array.from({ length: NPAGES }, () => undefined);
        for (const o of ops) {
          if (!sane(model, o)) continue;
          apply(map, model, o);
          checkModel(map, model);
        }
        u.run('vmspace_free', space);
        const n = u.load32(u.address('test_nobjs'));
        for (let i = 0; i < n; i++) {
          const object = u.load32(u.address('test_objs') + 4 * i);
          expect(u.field(object, 'vm_object', 'ref_count')).toBe(0);
        }
      }),
      { numRuns: 300 },
    );
  });
});

describe('what a fault finds in a map', () => {
  it('is a null object in a system map, where a user map makes one', () => {
    const user = newMap();
    u.run('test_find', user.map, MIN, PAGE, 0, 7, 7);
    expect(u.run('test_lookup', user.map, MIN, 1)).toBe(0);
    expect(u.load32(u.address('test_last_object'))).not.toBe(0);

    const system = newMap();
    u.run('test_sysmap', system.map);
    /* Entries of system maps come from the other zone; this one is empty yet. */
    u.run('test_find', system.map, MIN, PAGE, 0, 7, 7);
    expect(u.run('test_lookup', system.map, MIN, 1)).toBe(0);
    expect(u.load32(u.address('test_last_object'))).toBe(0);
  });
});

describe('fork', () => {
  it('gives the child a copy, a share or nothing, and both copies are write-protected until they are written', () => {
    const parent = newMap();
    for (let i = 0; i < 3; i++) {
      u.run('test_find', parent.map, MIN + 2 * i * PAGE, PAGE, 0, 7, 7);
      u.run('test_lookup', parent.map, MIN + 2 * i * PAGE, 2);
      u.run('vm_map_inherit', parent.map, MIN + 2 * i * PAGE, MIN + (2 * i + 1) * PAGE, i);
    }
    const child = u.run('vmspace_fork', parent.space) >>> 0;
    const [shared, copied] = checkMap(child, MIN, MIN + NPAGES * PAGE);
    expect(entries(child)).toHaveLength(2);
    const [p0, p1] = entries(parent.map);
    expect(shared!.object).toBe(p0!.object);
    expect(copied!.object).toBe(p1!.object);
    expect(copied!.eflags & 0xc).toBe(0xc);
    expect(p1!.eflags & 0xc).toBe(0xc);

    u.run('test_lookup', child, MIN + 2 * PAGE, 1);
    expect(u.load32(u.address('test_last_prot')) & 2).toBe(0);
    u.run('test_lookup', child, MIN + 2 * PAGE, 2);
    expect(u.load32(u.address('test_last_prot')) & 2).toBe(2);
    expect(entries(child)[1]!.object).not.toBe(p1!.object);
    expect(entries(parent.map)[1]!.object).toBe(p1!.object);
    u.run('vmspace_free', child);
    u.run('vmspace_free', parent.space);
  });
});

describe('a vmspace that is gone', () => {
  const zfreeNow = (value: number): void =>
    u.store32(u.address('regime') + u.image.structs.regime_t!.fields.vmspace_zfree_now!.offset, value);

  it('carries ZENTRY_FREE, and so do its entries; the next one takes its place', () => {
    zfreeNow(1);
    const a = newMap();
    u.run('test_find', a.map, MIN, PAGE, 0, 7, 7);
    const e = entries(a.map)[0]!.va;
    u.run('vmspace_free', a.space);
    expect(u.load32(e + 4)).toBe(0x12342378);
    expect(u.load32(a.space + 4)).toBe(0x12342378);
    expect(() => u.run('vmspace_free', a.space)).toThrow(/attempt to free already freed vmspace/);
    expect(newMap().space).toBe(a.space);
  });

  it('is marked free only with the next one where the regime puts zfree off', () => {
    zfreeNow(0);
    const a = newMap();
    u.run('vmspace_free', a.space);
    expect(u.load32(a.space + 4)).not.toBe(0x12342378);
    expect(newMap().space).toBe(a.space);
    zfreeNow(1);
  });
});

describe('stacks', () => {
  it('grow in steps down to their limit and no further', () => {
    const { map } = newMap();
    /* 24 pages are less than one step: all of it is there at once. */
    expect(u.run('vm_map_stack', map, MIN, 4 * PAGE, 7, 7, 0)).toBe(0);
    expect(entries(map)).toHaveLength(1);
    expect(entries(map)[0]!.end - entries(map)[0]!.start).toBe(4 * PAGE);

    const big = u.run('test_space', 0, 0xbfc00000) >>> 0;
    const top = 0xbfc00000;
    expect(u.run('vm_map_stack', big, top - 0x400000, 0x400000, 7, 7, 0)).toBe(0);
    expect(entries(big)[0]!.start).toBe(top - 0x20000);
    expect(u.field(entries(big)[0]!.va, 'vm_map_entry', 'avail_ssize')).toBe(0x400000 - 0x20000);
  });
});

describe('a growing stack', () => {
  const TOP = 0xbfc00000;
  const newStack = (size: number): number => {
    const space = u.run('test_space', 0, TOP) >>> 0;
    expect(u.run('vm_map_stack', space, TOP - size, size, 7, 7, 0)).toBe(0);
    u.call('test_setstack', space, TOP - size, 0x20000 / PAGE);
    return space;
  };
  const bottomOf = (space: number): number => Math.min(...entries(space).map((e) => e.start));

  it('goes down to the page that was touched, by steps of 128 KB', () => {
    const space = newStack(0x400000);
    expect(u.run('test_grow', space, TOP - 0x30001, 0x400000)).toBe(0);
    expect(bottomOf(space)).toBe(TOP - 0x40000);
    expect(u.field(space, 'vmspace', 'vm_ssize')).toBe(0x40000 / PAGE);
    checkMap(space, 0, TOP);
  });

  it('obeys the limit of the process, to the page', () => {
    const space = newStack(0x400000);
    expect(u.run('test_grow', space, TOP - 0x22000, 0x23000)).toBe(0);
    expect(bottomOf(space)).toBe(TOP - 0x23000);
    expect(u.run('test_grow', space, TOP - 0x24000, 0x23000)).toBe(KERN.NO_SPACE);
  });

  it('stops at a mapping that lies in its room, and joins one that it touches without losing count', () => {
    const space = newStack(0x400000);
    const obstacle = TOP - 0x40000;
    u.run('test_find', space, obstacle - PAGE, PAGE, 0, 7, 7);
    expect(u.run('test_grow', space, TOP - 0x30000, 0x400000)).toBe(0);
    /* Below the obstacle the address is no stack's: the fault goes the ordinary way. */
    expect(u.run('test_grow', space, obstacle - 2 * PAGE, 0x400000)).toBe(0);
    const list = checkMap(space, 0, TOP);
    expect(bottomOf(space)).toBe(obstacle - PAGE);
    expect(list.reduce((n, e) => n + e.end - e.start, 0)).toBe(0x41000);
  });
});

describe('the bounds that the report pins down', () => {
  it('are the sizes of the structs', () => {
    expect(u.image.structs.vm_map?.size).toBe(0x6c);
    expect(u.image.structs.vmspace?.fields.vm_pmap?.offset).toBe(0x6c);
  });
});
