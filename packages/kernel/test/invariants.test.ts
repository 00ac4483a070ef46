import type { System } from '@trap12/system';
import type { Memory } from '@trap12/target';
import { beforeAll, describe, expect, it } from 'vitest';
import { invariantProblems } from '../src/vm/db_invariants.js';
import { runInKernel } from './boot.js';

const CURE = 'vm_mtx-20010519+swaplocks+vmspace-ref';
const PAGE = 4096;

const PROGRAM = `
const AT: u32 = 0x30000000;
const PAGES = 400;

/** Says what becomes of a program with up to three arguments. */
function run(path: str, arg0: str, arg1: str, arg2: str): void {
  const argv = $local<array<str, 5>>();
  argv[0] = path;
  argv[1] = arg0;
  argv[2] = arg1;
  argv[3] = arg2;
  argv[4] = null;
  const pid = fork();
  if (pid === 0) {
    execve(path, argv, environ);
    _exit(127);
  }
  say(path, fate(pid));
}

/** Swap in use, a shadow, and mappings of a process that is there when the machine stops. */
function remain(): void {
  const flags = MAP_ANON | MAP_PRIVATE | MAP_FIXED;
  if (mmap(AT, PAGES * PAGE_SIZE, PROT_READ | PROT_WRITE, flags, -1, 0) !== AT) err(1, 'mmap');
  for (let i: u32 = 0; i < PAGES; i++) $st32(AT + i * PAGE_SIZE, i);
  run('/bin/memcheck', '14m', null, null);
  if (fork() === 0) $st32(AT, 1);
  sleep(1000);
}

export function main(argc: int, argv: ptr<str>): int {
  if (strcmp(argv[1], 'remain') === 0) {
    remain();
    return 0;
  }
  run('/bin/memcheck', '12m', null, null);
  run('/bin/threads', '4', '100', '128');
  run('/bin/hog', 'fork', '2m', '2');
  return 0;
}
`;

const problems = (system: System): string[] => invariantProblems(system.memory);

describe('when all is done, does everything add up?', () => {
  for (const locking of ['giant', CURE])
    for (const ncpu of [1, 4])
      it(`after paging, threads, forks and files (${locking}, ${ncpu} CPUs)`, async () => {
        const { why, said, system } = await runInKernel(PROGRAM, 'all', { ramBytes: 8 << 20, locking, ncpu });
        expect(said).toEqual(['/bin/memcheck 0', '/bin/threads 0', '/bin/hog 0']);
        expect([why, problems(system)]).toEqual(['halt', []]);
      });
});

describe('what does not add up is told', () => {
  let system: System;
  let memory: Memory;
  beforeAll(async () => {
    const run = await runInKernel(PROGRAM, 'remain', { ramBytes: 10 << 20, locking: 'giant', seconds: 20 });
    expect(run.said).toEqual(['/bin/memcheck 0']);
    system = run.system;
    memory = system.memory;
    expect([run.why, problems(system)]).toEqual(['time', []]);
  });

  const poke = (at: number, value: number): void =>
    memory.target.write(at, new Uint8Array(Uint32Array.of(value).buffer));
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
      poke(at, was + 1);
      expect(problems(system).join('\n')).toMatch(says);
      poke(at, was);
      expect(problems(system)).toEqual([]);
    });

  it('a mapping of another page than the pv entry says', () => {
    const pmap = vmspace(sleeper()) + system.symbols.offset('vmspace', 'vm_pmap');
    const pv = memory.u32(memory.address('pmap', pmap, 'pm_pvlist'));
    const at = memory.address('pv_entry', pv, 'pv_va');
    const was = memory.u32(at);
    poke(at, was + 64 * PAGE);
    expect(problems(system).join('\n')).toMatch(/^pv entry 0x/m);
    poke(at, was);
  });
});
