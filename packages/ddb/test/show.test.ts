import { showCommands } from '@trap12/kernel';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Target } from '@trap12/target';
import { Ddb } from '../src/index.js';
import { callToStop, idle, kernelString, machine, runUntil, type Stopped, swappedOut } from './machines.js';

const PTDPTDI = 0x2ff;

function word(value: number): Uint8Array {
  const b = new Uint8Array(4);
  new DataView(b.buffer).setUint32(0, value >>> 0, true);
  return b;
}

/** Address of a process by pid. */
function proc(m: Stopped, pid: number): number {
  const line = new Ddb(m.target).execute('ps').find((l) => Number(l.slice(0, 5)) === pid)!;
  return Number.parseInt(line.slice(6, 14), 16);
}

describe('the show commands, on a machine under pressure', () => {
  let m: Stopped;
  let ram: Uint8Array;
  let ddb: Ddb;
  const show = (what: string): string => ddb.execute(`show ${what}`).join('\n');
  const set = (struct: string, at: number, field: string, value: number): void =>
    m.target.write(m.memory.address(struct, at, field), word(value));

  beforeAll(async () => {
    m = await machine({ command: 'sleep 1000 & dd if=/dev/zero of=/dev/null bs=24m count=3; sleep 2000' });
    runUntil(
      m,
      () =>
        swappedOut(m).length > 0 &&
        m.memory.field('vmmeter', m.target.symbols.address('cnt'), 'v_swapout') > 0,
      100e6,
    );
    ram = m.system.machine.ram.u8.slice();
  });

  beforeEach(() => {
    m.system.machine.ram.u8.set(ram);
    ddb = new Ddb(m.target);
  });

  it('all run, and find nothing to complain of', () => {
    for (const command of showCommands) {
      const text = show(command.name);
      if (!/^usage: /.test(text)) expect(text, command.name).not.toContain('***');
    }
  });

  it('answer in every case, and a wild address as such whatever they read first', async () => {
    const begin = new Ddb((await machine({})).target);
    for (const command of showCommands) {
      expect(begin.execute(`show ${command.name}`), command.name).not.toEqual([]);
      const wild = (at: string): string => show(`${command.name} ${at}`);
      if (command.usage?.includes('address') !== true) continue;
      // 0 is a pid for those that take one, and the physical address of a page.
      const addresses = /pid|^\[address\]$/.test(command.usage) ? ['ffb00000'] : ['0', '4', 'ffb00000'];
      for (const at of addresses)
        expect(wild(at), command.name).toMatch(
          command.name === 'zones'
            ? /no zone at 0x/
            : new RegExp(`^\\*\\*\\* error reading from address ${at} `),
        );
    }
    expect(show('vmopag 0')).toBe('show vmopag takes no argument');
    expect(show('swap 0')).toBe('show swap takes no argument');
    expect(show('page 0t12 13')).toBe('show page takes one argument');
    expect(show('proc 0,1')).toBe('show proc takes one argument');
    expect(show('map/f 0 1')).toBe('show map takes one argument');
    expect(show('pmap 0 0 1')).toBe('show pmap takes two arguments');
    expect(begin.execute('show vmopag')).toEqual(['no vm object has pages']);
    expect(show('locks 3')).toBe('no lock is held');
    expect(show('pcpu 99')).toBe('CPU 0x99 does not exist: accepted: 0 to 0');
  });

  it('are had with `all`, too, as DDB spells it', () => {
    expect(show('all procs')).toBe(show('procs'));
    expect(show('all locks')).toBe(show('alllocks'));
    expect(show('all pcpu')).toBe(show('allpcpu'));
    // Cut short as any name: not what `show proc` and `show lock` are.
    for (const short of ['all proc', 'all pr', 'al proc', 'a procs'])
      expect(show(short), short).toBe(show('procs'));
    expect(show('all lock')).toBe(show('alllocks'));
    expect(show('all p')).toBe('Ambiguous: pcpu, procs');
    expect(show('all page')).toBe(show('page'));
    expect(ddb.complete('show all p').sort()).toEqual(['pcpu', 'procs']);
  });

  it('and names behind a program are completed to that program alone', () => {
    const { programs, symbols } = m.target;
    const namesOf = (of: typeof symbols, begin: string): string[] =>
      of.image.symbols.map(({ name }) => name).filter((name) => name.startsWith(begin));
    const own = namesOf(programs!.named('sh')!.symbols, 'ma');
    expect(own).toContain('main');
    expect(ddb.complete('break sh:ma')).toEqual(own);
    expect(ddb.complete('break kernel:vm_faul')).toEqual(namesOf(symbols, 'vm_faul'));
    expect(ddb.complete('break vm_faul')).toEqual(namesOf(symbols, 'vm_faul'));
    for (const none of ['break vm_fault:', 'break nosuch:ma', 'p vm_fault:vm'])
      expect(ddb.complete(none), none).toEqual([]);
    expect(ddb.complete('set $ra')).toEqual(['radix']);
    expect(ddb.complete('set $e')).toContain('eip');
    expect(ddb.complete('set $')).toEqual(expect.arrayContaining(['eax', 'maxoff']));
    expect(show('all nonsense')).toBe('No such command');
  });

  it('and fields behind what has some', () => {
    const { symbols } = m.target;
    const fields = (struct: string): string[] => Object.keys(symbols.struct(struct).fields);
    expect(ddb.complete('p curproc->')).toEqual(fields('proc'));
    expect(ddb.complete('p &curproc->p_vmspace->vm_map')).toEqual(['vm_map']);
    expect(ddb.complete('p proc0.p_vm')).toEqual(['p_vmspace']);
    expect(ddb.complete('p 4+curproc->p_vmspace->vm_map.')).toEqual(fields('vm_map'));
    const ways = [
      'p nosuch->',
      'p curproc->p_pid->',
      'p curproc->nosuch.',
      'p vm_fault.',
      'p vm_page_array[0]->x',
    ];
    for (const none of ways) expect(ddb.complete(none), none).toEqual([]);
  });

  it('take the addresses that others print', () => {
    const vnode = /^ (0x[0-9a-f]+): type VREG.*object 0xc/m.exec(show('mount/f'))![1]!;
    expect(show(`vnode ${vnode}`)).toMatch(/type VREG[\s\S]*lock 0xc[0-9a-f]+: UNLOCKED/);
    const map = show('procvm 1');
    const object = /object=(0xc[0-9a-f]+)/.exec(map)![1]!;
    expect(show(`object/f ${object}`)).toMatch(/Object 0x[\s\S]*memory:=\(off=0x[\s\S]*vnode/);
    const pages = show('object/f kernel_object');
    expect(pages).toMatch(
      /memory:=\(off=0x[0-9a-f]+,page=0x[0-9a-f]+\)(,\(off=0x[0-9a-f]+,page=0x[0-9a-f]+\)){5}\n {3}\.\.\./,
    );
    const pa = /page=(0x[0-9a-f]+)/.exec(pages)![1]!;
    expect(show(`page ${pa}`)).toContain(`pa=${pa},`);
    const zone = /VM OBJECT:.* (0x[0-9a-f]+)$/m.exec(show('zones'))![1]!;
    expect(show(`zones ${zone}`)).toMatch(/(\d+) items on the free list, zfreecnt=\1$/);
    expect(show(`buffer ${m.memory.global('swbuf').toString(16)}`)).toContain('buf at 0x');
    expect(show(`proc ${proc(m, 3).toString(16)}`)).toContain('Process 3 (vmdaemon)');
  });

  it('account for every page and every block', () => {
    expect(show('pageq')).not.toContain('differ');
    const swap = show('swap');
    const free = Number(/^(\d+) blocks free/m.exec(swap)![1]);
    expect(swap).toContain(`free=${free},`);
    const used = Number(/^swdevt\[0\] +0x\w+ +\d+ +(\d+)/m.exec(swap)![1]);
    expect(used).toBeGreaterThan(0);
    expect(Number(/^objects hold (\d+) blocks$/m.exec(swap)![1])).toBe(used);
    expect(swap).not.toContain('***');
    const runs = [...show('swap/f').matchAll(/^ (\d+)-(\d+) \((\d+)\)$/gm)];
    expect(runs.reduce((n, r) => n + Number(r[3]), 0)).toBe(free);
    for (const r of runs) expect(Number(r[2]) - Number(r[1]) + 1).toBe(Number(r[3]));
  });

  it('see what does not add up', () => {
    const { symbols } = m.target;
    m.target.write(m.memory.global('swapblist') + symbols.offset('blist', 'bl_free'), word(12));
    expect(show('swap')).toContain('*** bl_free is 12 ***');
    m.target.write(m.memory.address('vmmeter', symbols.address('cnt'), 'v_wire_count'), word(1));
    expect(show('pageq')).toContain('*** differ ***');
    const zone = Number.parseInt(/VM OBJECT:.* (0x[0-9a-f]+)$/m.exec(show('zones'))![1]!, 16);
    m.target.write(m.memory.field('vm_zone', zone, 'zitems') + 4, word(0x1234));
    expect(show(`zones ${zone.toString(16)}`)).toContain('does not hold ZENTRY_FREE: 0x1234');
  });

  it('end in rings and in freed memory', () => {
    const vm = m.memory.field('proc', proc(m, 1), 'p_vmspace');
    const entry = m.memory.field('vm_map_entry', m.memory.address('vm_map', vm, 'header'), 'next');
    set('vm_map_entry', entry, 'next', entry);
    const hex = entry.toString(16);
    expect(show('procvm 1')).toMatch(
      new RegExp(
        `\\*\\*\\* entries of map 0x[0-9a-f]+, behind 0x${hex}: list loops: 0x${hex} was here before \\*\\*\\*$`,
      ),
    );
    set('vm_map_entry', entry, 'next', 0x12342378);
    expect(show('procvm 1')).toContain('the entry holds ZENTRY_FREE');
    const p = proc(m, 3);
    set('proc', p, 'p_list', p);
    expect(show('procs')).toMatch(/\*\*\* allproc, behind 0x[0-9a-f]+: list loops/);
    set('proc', p, 'p_list', 0xffb00000);
    expect(show('procs')).toMatch(
      /\*\*\* allproc, behind 0x[0-9a-f]+: error reading from address ffb0[0-9a-f]+ \*\*\*$/,
    );
  });

  it('follow who waits for whom, and find the ring', () => {
    const { symbols } = m.target;
    const [a, b] = [proc(m, 1), proc(m, 3)];
    const [giant, vm] = [symbols.address('Giant'), symbols.address('vm_mtx')];
    set('proc', a, 'p_blocked', giant);
    set('mtx', giant, 'mtx_lock', b | 2);
    set('proc', b, 'p_blocked', vm);
    set('mtx', vm, 'mtx_lock', a | 2);
    expect(ddb.execute('show lockchain 1')).toEqual([
      `pid 1 "init" blocked on mutex "Giant" 0x${giant.toString(16)}, owned by pid 3 "vmdaemon"`,
      `pid 3 "vmdaemon" blocked on mutex "vm" 0x${vm.toString(16)}, owned by pid 1 "init"`,
      'pid 1 "init": DEADLOCK, the chain is a ring',
    ]);
    expect(show('lock Giant')).toMatch(
      /state: \{OWNED, CONTESTED\}\n owner: 0x[0-9a-f]+ \(pid 3 "vmdaemon"\)/,
    );
  });

  it('tell the three kinds of locks apart', () => {
    expect(show('lock Giant')).toContain('class: sleep mutex');
    expect(show('lock sched_lock')).toContain('class: spin mutex');
    expect(show('lock allproc_lock')).toContain('class: sx');
    expect(show('lock kernel_map')).not.toContain('class');
    const map = m.memory.global('kernel_map');
    expect(show(`lock ${m.memory.address('vm_map', map, 'lock').toString(16)}`)).toContain(
      'lock type: lockmgr',
    );
    expect(show('lock version')).toMatch(/^no lock at 0x/);
  });

  it('say so where no such struct can be, or is', () => {
    const is = (what: string, name: string) =>
      new RegExp(`^no \\w+ at 0x[0-9a-f]+: the kernel's ${what} ${name} is there$`);
    for (const struct of ['object', 'vnode', 'map', 'buffer']) {
      expect(show(`${struct} vm_fault`)).toMatch(is('function', 'vm_fault'));
      expect(show(`${struct} allproc`)).toMatch(is('variable', 'allproc'));
    }
    expect(show('vnode kernel_map')).toMatch(is('variable', 'kernel_map'));
    expect(show('map kernel_map')).toMatch(/^Task map/);
    expect(show('object kernel_object')).toMatch(/^Object 0x/);
    expect(show('vnode rootvnode')).toMatch(/^0x[0-9a-f]+: type VDIR/);
    expect(show('vnode rootvnode')).not.toContain('***');
    // Large enough, and something else.
    for (const struct of ['object', 'vnode', 'map', 'pmap', 'lock'])
      expect(show(`${struct} proc0`), struct).toMatch(is('variable', 'proc0'));
    for (const struct of ['pmap', 'proc', 'locks', 'procvm', 'lockchain'])
      expect(show(`${struct} vm_mtx`), struct).toMatch(is('variable', 'vm_mtx'));
    expect(show('pmap cnt')).toMatch(is('variable', 'cnt'));
    expect(show('lock vm_mtx')).toContain('class: ');
    // What lies in no variable is shown, with a warning.
    const warned = { map: 'is the map of no process', object: 'is not on vm_object_list' };
    const more = { pmap: 'is the pmap of no process', vnode: "is on no mount's list" };
    for (const [struct, says] of Object.entries({ ...warned, ...more }))
      expect(show(`${struct} curproc`).split('\n')[0], struct).toContain(says);
    expect(show('pmap curproc')).not.toContain(': pde ');
    // What it takes for its directory is a page that is mapped, and full of anything but entries.
    const page = (m.memory.global('swapblist') & -4096) >>> 0;
    const foreign = page + 256;
    m.target.write(page, new Uint8Array(4096).fill(0x41));
    m.target.write(page + 4 * PTDPTDI, word(0));
    m.target.write(m.memory.address('pmap', foreign, 'pm_pdir'), word(page));
    const said = show(`pmap ${foreign.toString(16)}`);
    expect(said).toContain('or does not map itself');
    expect(said).not.toContain(': pde ');
  });

  it('say of an address where no structure of the kind is that it is none', () => {
    const { symbols } = m.target;
    const hex = (at: number): string => (at >>> 0).toString(16);
    const init = proc(m, 1);
    const array = m.memory.global('vm_page_array') >>> 0;
    const { size } = symbols.struct('vm_page');
    const second = array + size;
    for (const at of [init, symbols.address('proc0'), symbols.address('vm_page_queues'), array - size])
      expect(show(`page ${hex(at)}`)).toMatch(
        new RegExp(
          `^\\*\\*\\* 0x${hex(at)} is no page: they lie from 0x${hex(array)} to 0x[0-9a-f]+ \\*\\*\\*$`,
        ),
      );
    expect(show(`page ${hex(second + 4)}`)).toBe(
      `*** 0x${hex(second + 4)} is no page, but 4 bytes behind that at 0x${hex(second)} ***`,
    );
    expect(show(`page ${hex(second)}`)).toMatch(new RegExp(`^page 0x${hex(second)}: pa=`));
    const last = array + size * (m.memory.global('vm_page_array_size') - 1);
    // The last frame of RAM is none of the vm system's.
    expect(show(`page ${hex(last)}`)).toMatch(
      new RegExp(
        `^\\*\\*\\* 0x${hex(last)} is the place of the page of physical address 0x[0-9a-f]+: no page is set up there \\*\\*\\*\npage 0x${hex(last)}: pa=0x0`,
      ),
    );
    expect(show(`page ${hex(last + size)}`)).toContain('is no page');
    // The pageout daemon's mark is a page of its own.
    expect(show('page vm_pageout_marker')).toMatch(/^page 0x.*MARKER/);

    const bufs = m.memory.global('swbuf') >>> 0;
    expect(show(`buffer ${hex(init)}`)).toMatch(/^\*\*\* 0x[0-9a-f]+ is no buffer: they lie from /);
    expect(show(`buffer ${hex(bufs + 8)}`)).toBe(
      `*** 0x${hex(bufs + 8)} is no buffer, but 8 bytes behind that at 0x${hex(bufs)} ***`,
    );
    const vm = m.memory.field('proc', init, 'p_vmspace');
    const map = m.memory.address('vmspace', vm, 'vm_map');
    const pmap = m.memory.address('vmspace', vm, 'vm_pmap');
    for (const [command, at] of [
      ['map', map],
      ['pmap', pmap],
      ['proc', init],
      ['locks', init],
      ['lockchain', init],
      ['procvm', init],
    ] as const) {
      expect(show(`${command} ${hex(at)}`), command).not.toContain('***');
      expect(show(`${command} ${hex(at + 4)}`), command).toMatch(
        /^\*\*\* 0x[0-9a-f]+ is (?:the p?map of no process, and|not on allproc or zombproc: no process, or a freed one)/,
      );
      expect(show(`${command} ${hex(at + 1)}`), command).toMatch(
        /^no (?:map|pmap|process) at 0x[0-9a-f]+: no multiple of 4$/,
      );
    }
    for (const command of ['proc', 'locks', 'pmap'])
      expect(show(`${command} vm_fault`)).toMatch(/: the kernel's function vm_fault is there$/);
    for (const name of ['kernel_map', 'kmem_map', 'exec_map', 'pager_map'])
      expect(show(`map ${name}`), name).not.toContain('***');
    expect(show('pmap kernel_pmap')).not.toContain('***');
  });

  it("refuse an argument where they take none, the debugger's own as well", () => {
    for (const name of ['breaks', 'watches', 'variables', 'registers', 'runq', 'alllocks']) {
      expect(show(`${name} 30`)).toBe(`show ${name} takes no argument`);
      expect(show(`${name} nosuch`)).toBe('Symbol not found');
    }
  });

  it('say of a physical address, and of the place of a page, that no page is set up', () => {
    const text = show('page a0000');
    const [, at] = /^\*\*\* 0x(\w+) is the place of the page of physical address 0xa0000: no page is/.exec(
      text,
    )!;
    expect(show(`page ${at}`)).toBe(text);
    const pa = m.memory.field('vm_page', m.memory.global('vm_page_array'), 'phys_addr');
    expect(show(`page ${pa.toString(16)}`)).not.toContain('***');
  });

  it('give one answer about the locks of what is no process', () => {
    const lines = show(`locks ${(proc(m, 1) + 4).toString(16)}`).split('\n');
    expect(lines[0]).toMatch(/^\*\*\* 0x\w+ is not on allproc or zombproc/);
    expect(lines.slice(1)).toEqual(['no lock is held']);
  });

  it('go on behind a wild pointer, and say of the row what it is', () => {
    const [sh, ps] = [proc(m, 6), show('ps').split('\n')];
    set('proc', sh, 'p_pptr', 0x30);
    const row = ps.findIndex((line) => line.startsWith('    6 '));
    const damaged = show('ps').split('\n');
    const of = (lines: string[]): string[] => lines.filter((_, n) => n !== row);
    expect(of(damaged)).toEqual(of(ps));
    expect(damaged[row]).toBe(
      `${ps[row]!.replace(/^((?: *\S+){4}) {5}\d/, '$1     ?')} *** p_pptr: error reading from address 30 ***`,
    );
    expect(show('proc 6')).toMatch(/ parent: pid \? at 0x30 \*\*\* p_pptr: [\s\S]* vmspace: 0xc/);
    set('proc', sh, 'p_pptr', m.target.symbols.address('vm_fault'));
    expect(show('ps')).toMatch(/no process at 0x\w+: the kernel's function vm_fault is there \*\*\*$/m);
    set('proc', sh, 'p_sleeplocks', 0x34);
    expect(show('alllocks')).toMatch(
      /^Process 6 \(sh\)\n\*\*\* locks of pid 6 "sh": error reading from address/,
    );
    const slot = m.target.symbols.address('slpque');
    m.target.write(slot, word(0x5e));
    expect(show('sleepq')).toMatch(/^\*\*\* slpque\[0\]: .*\n(?: *\d+: .*\n){5,}at least \d+ asleep$/);
    set('proc', proc(m, 1), 'p_vmspace', 1);
    expect(show('invariants')).toMatch(
      /^\*\*\* p_vmspace of pid 1 "init": error reading from address 1 \*\*\*$[\s\S]* objects, /m,
    );
  });

  it('name the regime and its switches', () => {
    const text = show('regime');
    expect(text).toMatch(/^vm_mtx-20010519\+swaplocks: /);
    for (const name of Object.keys(m.target.symbols.struct('regime_t').fields))
      expect(text).toMatch(new RegExp(`^ ${name} +[01] `, 'm'));
    m.target.write(
      m.target.symbols.address('regime') + m.target.symbols.offset('regime_t', 'vm_daemon_vmspace_ref'),
      word(1),
    );
    expect(show('regime')).toMatch(/^vm_mtx-20010519\+swaplocks,vm_daemon_vmspace_ref=1: differs from: /);
  });
});

describe('show pmap', () => {
  let m: Stopped;
  let show: (what: string) => string;
  beforeEach(async () => {
    m = await idle();
    const ddb = new Ddb(m.target);
    show = (what) => ddb.execute(`show ${what}`).join('\n');
  });
  const pmapOf = (pid: number): number =>
    m.memory.address('vmspace', m.memory.field('proc', proc(m, pid), 'p_vmspace'), 'vm_pmap');

  it('walks as the processor does, and finds the page and its mapping', () => {
    const text = show('pmap 1 bfbffec0');
    expect(text).toMatch(/pde 0x2fe @ 0x[0-9a-f]+: 0x[0-9a-f]{8} frame 0x[0-9a-f]+ <V,RW,U,A,M>/);
    const frame = /pte 0x3ff @ 0x[0-9a-f]+: 0x[0-9a-f]{8} frame (0x[0-9a-f]+) <V,RW,U,A,M,MANAGED>/.exec(
      text,
    )![1]!;
    expect(text).toContain(`pa=${frame},`);
    expect(text).not.toContain('***');
    const page = /page (0x[0-9a-f]+):/.exec(text)![1]!;
    expect(show(`page ${page}`)).toMatch(/mappings=1\n pv 0x[0-9a-f]+: pmap=0x[0-9a-f]+, va=0xbfbff000$/);
  });

  it('says that a page directory is not mapped, as in the report', () => {
    const pmap = pmapOf(1);
    m.target.write(m.memory.address('pmap', pmap, 'pm_pdir'), word(0xff800000));
    expect(show('pmap 1')).toContain(
      '*** the page directory at 0xff800000 is not mapped in the kernel, or does not map itself ***',
    );
    expect(show('pmap 1 1000')).toContain('is not mapped');
  });

  it('says where TLB, tables and pv entries disagree', () => {
    const esp = m.system.machine.reg[0]! >>> 0;
    const va = (esp & ~4095) >>> 0;
    expect(show(`pmap kernel_pmap ${va.toString(16)}`)).toMatch(/TLB of CPU 0: frame 0x[0-9a-f]+ <kr,kw>$/);
    const { i32 } = m.system.machine.ram;
    const at = m.system.machine.mmu.inspect(va).ptePa >>> 2;
    const pte = i32[at]!;
    i32[at] = pte & ~2;
    expect(show(`pmap kernel_pmap ${va.toString(16)}`)).toContain('*** stale: the tables forbid writing ***');
    i32[at] = pte ^ 0x1000;
    expect(show(`pmap kernel_pmap ${va.toString(16)}`)).toContain('*** stale: the tables say frame');
    i32[at] = 0;
    expect(show(`pmap kernel_pmap ${va.toString(16)}`)).toContain(
      '*** stale: the page is not in the tables ***',
    );
    i32[at] = pte;
    const pteUser = m.system.machine.mmu.inspect(0xbfbff000, directory(pmapOf(1))).ptePa >>> 2;
    i32[pteUser] = (i32[pteUser]! & 0xfff) | (pte & ~0xfff);
    expect(show('pmap 1 bfbff000')).toContain('*** a managed mapping without a pv entry ***');
  });

  it('follows entries that lead behind the end of memory', () => {
    const { i32 } = m.system.machine.ram;
    i32[(directory(pmapOf(1)) >>> 2) + 0x2fe] = 0x7ffff067;
    expect(show('pmap 1 bfbff000')).toContain('*** page table behind the end of RAM ***');
    expect(show('pmap 1')).toContain('*** behind the end of RAM ***');
    // A page of 4 MB as well; and no more of them than somebody reads.
    const behind = (): number => show('pmap 1').split('*** behind the end of RAM ***').length - 1;
    i32[(directory(pmapOf(1)) >>> 2) + 0x2fe] = 0x7fc000e7;
    expect(behind()).toBe(1);
    for (let i = 0x100; i < 0x140; i++)
      i32[(directory(pmapOf(1)) >>> 2) + i] = i % 2 === 0 ? 0x7fc000e7 : 0x7ffff067;
    expect(behind()).toBe(16);
    expect(show('pmap 1')).toContain(' *** 49 more entries lead behind the end of RAM ***');
  });

  function directory(pmap: number): number {
    return (m.memory.u32(m.memory.field('pmap', pmap, 'pm_pdir') + 4 * PTDPTDI) & ~4095) >>> 0;
  }
});

describe('the session', () => {
  it('works over any target: registers from the stop, whichever way memory is reached', async () => {
    const m = await idle();
    callToStop(m, 'panic', kernelString(m, 'bare target'));
    const { target } = m;
    // As of a dump: a page directory, and nothing that was in a processor.
    const cpu = { id: 0, cr3: target.cpu.cr3, pcpu: undefined, registers: undefined, tlb: undefined };
    const bare: Target = {
      symbols: target.symbols,
      cpu,
      cpus: [cpu],
      ramBytes: target.ramBytes,
      read: (va: number, n: number) => target.read(va, n),
      write: (va: number, bytes: Uint8Array) => target.write(va, bytes),
      readPhysical: (pa: number, n: number) => target.readPhysical(pa, n),
    };
    const [one, other] = [new Ddb(target), new Ddb(bare)];
    for (const line of ['t', 'sh r', 'ps', 'show pcpu', 't 1', 'show locks'])
      expect(other.execute(line)).toEqual(one.execute(line));
    expect(other.banner()).toEqual(one.banner());
    expect(other.execute('show pmap kernel_pmap c0100000').join('\n')).toContain('TLB: not known');
  });

  it('says of a kernel in its fast form that it does not go on', async () => {
    const m = await idle();
    const ddb = new Ddb(m.target, () => expect.unreachable());
    for (const line of ['c', 's', 'next', 'match', 'until', 'b vm_fault', 'watch cnt', 'call vm_owned()'])
      expect(ddb.execute(line)).toEqual([
        'This machine does not go on from here. One that does: trap12 boot, run --debug or --break, replay --ddb.',
      ]);
  });

  it('changes registers where the kernel left them', async () => {
    const m = await idle();
    callToStop(m, 'panic', kernelString(m, 'registers'));
    new Ddb(m.target).execute('set $efl = 77');
    expect(new Ddb(m.target).execute('p $efl')).toEqual(['      77']);
  });

  it('has no value for a register that compiled code does not use, until it is set', async () => {
    const m = await idle();
    callToStop(m, 'panic', kernelString(m, 'registers'));
    const ddb = new Ddb(m.target);
    expect(ddb.execute('p $ecx')).toEqual(['Register ecx is not kept']);
    ddb.execute('set $ecx = 77');
    expect(ddb.execute('p $ecx')).toEqual(['      77']);
  });

  it('prints no more lines than $lines says', async () => {
    const ddb = new Ddb((await idle()).target);
    ddb.execute('set $lines 3');
    const lines = ddb.execute('ps');
    expect(lines).toHaveLength(4);
    expect(lines[3]).toMatch(/^--More-- \(\d+ lines; /);
  });
});
