import { beforeAll, describe, expect, it } from 'vitest';
import type { System } from '../host/system.js';
import { Memory, SystemTarget } from '../host/target.js';
import { invariantProblems } from '../src/vm/db_invariants.js';
import { SYS } from '../../userland/src/syscalls.js';
import { type Libc, runInKernel, type User } from './generators.js';

const CURE = 'vm_mtx-20010519+swaplocks+vmspace-ref';
const PAGE = 4096;
const AT = 0x30000000;

function* execute(c: Libc, ...argv: string[]): User {
  const pid = yield* c.fork(function* (k) {
    yield* k.execve(argv[0]!, argv, new Map());
    return 127;
  });
  expect(yield* c.wait(pid)).toEqual([pid, 0]);
}

const problems = (system: System): string[] => invariantProblems(new Memory(new SystemTarget(system)));

describe('when all is done, does everything add up?', () => {
  for (const locking of ['giant', CURE])
    for (const ncpu of [1, 4])
      it(`after paging, threads, forks and files (${locking}, ${ncpu} CPUs)`, async () => {
        const { why, system } = await runInKernel(
          function* (c) {
            yield* execute(c, '/bin/memcheck', '12m');
            yield* execute(c, '/bin/threads', '4', '100', '128');
            yield* execute(c, '/bin/hog', 'fork', '2m', '2');
            return 0;
          },
          { ramBytes: 8 << 20, locking, ncpu },
        );
        expect([why, problems(system)]).toEqual(['halt', []]);
      });
});

describe('what does not add up is told', () => {
  let system: System;
  let memory: Memory;
  beforeAll(async () => {
    const run = await runInKernel(
      function* (c) {
        /* Swap in use, a shadow, and mappings of a process that is there when the machine stops. */
        yield* c.sys(SYS.mmap, AT, 400 * PAGE, 3, 0x1012, -1, 0, 0, 0);
        for (let i = 0; i < 400; i++) yield* c.cpu.store32(AT + i * PAGE, i);
        yield* execute(c, '/bin/memcheck', '14m');
        yield* c.fork(function* (k) {
          yield* k.cpu.store32(AT, 1);
          yield* k.nanosleep(1000);
          return 0;
        });
        yield* c.nanosleep(1000);
        return 0;
      },
      { ramBytes: 10 << 20, locking: 'giant', seconds: 20 },
    );
    system = run.system;
    memory = new Memory(new SystemTarget(system));
    expect([run.why, problems(system)]).toEqual(['time', []]);
  });

  const first = (list: string, struct: string, field: string, want: (at: number) => boolean): number => {
    const offset = system.symbols.offset(struct, field);
    for (let at = memory.global(list); at !== 0; at = memory.u32(at + offset)) if (want(at)) return at;
    throw new Error(`no such ${struct}`);
  };
  const anonymous = (): number =>
    first(
      'vm_object_list',
      'vm_object',
      'object_list',
      (o) => memory.field('vm_object', o, 'swp_bcount') > 0,
    );
  const vmspace = (p: number): number => memory.field('proc', p, 'p_vmspace');
  /** A process with an address space of its own. */
  const sleeper = (): number => {
    const kernels = vmspace(system.symbols.address('proc0'));
    return first('allproc', 'proc', 'p_list', (p) => vmspace(p) !== kernels);
  };

  for (const [what, place, says] of [
    [
      'a page too many on a queue',
      () => system.symbols.address('cnt') + system.symbols.offset('vmmeter', 'v_active_count'),
      /pages of the queues of/,
    ],
    [
      'a page lost from an object',
      () => memory.address('vm_object', anonymous(), 'resident_page_count'),
      /pages of object/,
    ],
    [
      'a reference too many',
      () => memory.address('vm_object', anonymous(), 'ref_count'),
      /references to object/,
    ],
    [
      'swap metadata lost',
      () => memory.address('vm_object', anonymous(), 'swp_bcount'),
      /swap metadata of object/,
    ],
    [
      'a mapping not counted',
      () =>
        vmspace(sleeper()) +
        system.symbols.offset('vmspace', 'vm_pmap') +
        system.symbols.offset('pmap', 'pm_resident_count'),
      /pages of pmap/,
    ],
    [
      'an entry not counted',
      () => vmspace(sleeper()) + system.symbols.offset('vm_map', 'nentries'),
      /entries of vmspace/,
    ],
    [
      'an address space with a user too many',
      () => memory.address('vmspace', vmspace(sleeper()), 'vm_refcnt'),
      /processes of vmspace/,
    ],
    [
      'a block of swap lost',
      () => system.symbols.address('swdevt') + system.symbols.offset('swdevt_t', 'sw_used'),
      /blocks of objects/,
    ],
    [
      'a wiring lost',
      () => system.symbols.address('cnt') + system.symbols.offset('vmmeter', 'v_wire_count'),
      /pages on queues or wired/,
    ],
  ] as const)
    it(what, () => {
      const at = place();
      const was = memory.u32(at);
      system.poke32(at, was + 1);
      expect(problems(system).join('\n')).toMatch(says);
      system.poke32(at, was);
      expect(problems(system)).toEqual([]);
    });

  it('a mapping of another page than the pv entry says', () => {
    const pmap = vmspace(sleeper()) + system.symbols.offset('vmspace', 'vm_pmap');
    const pv = memory.u32(memory.address('pmap', pmap, 'pm_pvlist'));
    const at = memory.address('pv_entry', pv, 'pv_va');
    const was = memory.u32(at);
    system.poke32(at, was + 64 * PAGE);
    expect(problems(system).join('\n')).toMatch(/^pv entry 0x/m);
    system.poke32(at, was);
  });
});
