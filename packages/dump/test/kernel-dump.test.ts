import { Ddb } from '@trap12/ddb';
import { crashInfo, textdump } from '@trap12/explore';
import { showCommands } from '@trap12/kernel';
import { PAGE_SIZE } from '@trap12/machine';
import { parseReport } from '@trap12/report';
import { SymbolTable } from '@trap12/target';
import { beforeAll, describe, expect, it } from 'vitest';
import { coreFile, DumpError, openDump, readHeader, sparseBytes } from '../src/index.js';
import { type Dying, dying } from './dying.js';

const LOAD = 'memcheck 10m & memcheck 10m & memcheck 20m';
const SMALL = { ramBytes: 16 << 20, swapBytes: 40 << 20, command: LOAD };
const quick = { panic_reboot_wait: 0 };

/** Runs on until something is so. */
function until({ system: { machine } }: Dying, holds: () => boolean): void {
  for (let at = machine.now() + 1e6; at < 60e9; at += 1e6) {
    expect(machine.run(at)).toBe('time');
    if (holds()) return;
  }
  throw new Error('never came');
}

const queued = ({ system: { memory, symbols } }: Dying): number =>
  memory.field('ad_softc', symbols.address('ad0_softc'), 'ad_queue.bioq_queue.tqh_first');

describe('what the kernel says of its dump', () => {
  it('where the drive was reset and the queue went on: nothing comes of it, and the watchdog says so', async () => {
    const m = await dying({
      ...SMALL,
      locking: 'vm_mtx-20010519+swaplocks,addump_reset=1',
      tunables: { ...quick, dump_watchdog: 7 },
    });
    m.system.machine.run(2e9);
    expect(queued(m)).toBe(0);
    expect(m.die('panic')).toMatch(/^dump ata0: resetting devices \.\. done\n[\d ]+succeeded$/m);
    m.back();
    until(m, () => queued(m) !== 0);
    const before = m.system.machine.now();
    const said = m.die('panic');
    expect(said).toMatch(
      /^ad0: dump watchdog: for 7 seconds the channel has been busy with block \d+, whose interrupt nobody takes\ntimed out$/m,
    );
    expect(m.system.machine.now() - before).toBeGreaterThan(7e9);
    expect(() => m.dump()).toThrow(DumpError);
    // The same moment without the reset.
    m.back();
    const regime = m.system.symbols.address('regime') + m.system.symbols.offset('regime_t', 'addump_reset');
    m.system.target.write(regime, new Uint8Array(4));
    expect(queued(m)).not.toBe(0);
    expect(m.die('panic')).toMatch(/^dump [\d ]+succeeded$/m);
  });

  it('where the disk does not write, or is dead, or ^C is typed', async () => {
    const m = await dying({ ...SMALL, tunables: quick });
    const { machine, symbols, target } = m.system;
    machine.run(2e9);
    const bad = { op: 'write', firstSector: 60_000, lastSector: 60_100, times: 1000 } as const;
    machine.disk.faults.push({ ...bad });
    expect(m.die('panic')).toMatch(/^dump [\d ]+i\/o error$/m);
    const { problems } = openDump(m.dump(), symbols);
    expect(problems[0]).toContain('did not get to the end');
    m.back();
    machine.disk.faults.length = 0;
    const flags = symbols.address('ad0_softc') + symbols.offset('ad_softc', 'ad_flags');
    target.write(flags, Uint8Array.of(1));
    expect(m.die('panic')).toMatch(/^dump device not ready$/m);
    m.back();
    target.write(flags, Uint8Array.of(0));
    machine.console.type('\x03');
    expect(m.die('panic')).toMatch(/^dump [\d ]+aborted from console$/m);
  });

  it('where memory does not fit, or there is no disk', async () => {
    const tight = await dying({ ...SMALL, swapBytes: 16 << 20, tunables: quick });
    tight.system.machine.run(1e9);
    expect(tight.die('panic')).toContain(
      'memory does not fit into the dump device: mapped kernel pages only',
    );
    const { kind, target, memory } = openDump(tight.dump(), tight.system.symbols);
    expect(kind).toBe('minidump');
    // A page of a program's is not in it: nothing is read there, not zeroes.
    const pages = Array.from({ length: 4096 }, (_, i) => i * PAGE_SIZE);
    const absent = pages.find((pa) => !memory.has(pa) && memory.has(pa - PAGE_SIZE))!;
    expect(target.readPhysical(absent, 4)).toHaveLength(0);
    expect(target.readPhysical(absent - 8, 16)).toHaveLength(8);
    const partial = openDump(sparseBytes(coreFile(target)), tight.system.symbols);
    expect(partial.memory.has(absent)).toBe(false);
    expect(partial.memory.pages).toBeGreaterThan(500);
    const small = await dying({ ...SMALL, swapBytes: 1 << 20, command: 'sleep 1000', tunables: quick });
    small.system.machine.run(1e9);
    expect(small.die('panic')).toMatch(/^dump area improper$/m);
    const none = await dying({ ...SMALL, swapBytes: 0, command: 'sleep 1000', tunables: quick });
    none.system.machine.run(1e9);
    expect(none.die('panic')).not.toContain('dump');
  });

  it('at a second panic on the way down', async () => {
    const m = await dying({ ...SMALL, tunables: { ...quick, dumpdev: 1 } });
    m.system.machine.run(1e9);
    // Nothing of the dump device is known: the kernel goes on without.
    expect(m.die('panic')).toContain('Rebooting...');
  });
});

describe('a dump of all memory', () => {
  let m: Dying;
  let bytes: Uint8Array;
  beforeAll(async () => {
    m = await dying({ ...SMALL, tunables: quick });
    until(m, () => m.system.machine.disk.doneAt >= 0);
    expect(m.die('page fault')).toMatch(/^dump 16 15 [\d ]+0 succeeded$/m);
    bytes = m.dump();
  });

  it('is memory, but for what the kernel itself wrote meanwhile', () => {
    const { machine, symbols } = m.system;
    const { memory } = openDump(bytes, symbols);
    let differ = 0;
    for (let pa = 0; pa < machine.ram.bytes; pa += PAGE_SIZE) {
      const [a, b] = [memory.ram, machine.ram].map((ram) => Buffer.from(ram.u8.buffer, pa, PAGE_SIZE));
      if (a!.compare(b!) !== 0) differ++;
    }
    expect(memory.pages * PAGE_SIZE).toBe(machine.ram.bytes);
    expect(differ).toBeLessThan(30);
  });

  it('tells in the debugger what the machine tells', () => {
    const live = new Ddb(m.system.target);
    const dead = new Ddb(openDump(bytes, m.system.symbols).target);
    for (const command of ['ps', 'show threads', 'show alllocks', 'show zones', 'show swap', 't 1', 't 3'])
      expect(dead.execute(command)).toEqual(live.execute(command));
    expect(dead.execute('t').join('\n')).toMatch(
      /^doadump\([\s\S]*\npanic_boot\([\s\S]*\npanic\([\s\S]*\ntrap_fatal\([\s\S]*\ncalltrap\(\) [\s\S]*\nvm_object_reference\(/,
    );
  });

  it('answers every show command, and says what it does not know', () => {
    const dead = new Ddb(openDump(bytes, m.system.symbols).target);
    for (const { name } of showCommands) {
      const out = dead.execute(`show ${name}`).join('\n');
      expect([name, out]).not.toEqual([name, expect.stringContaining('internal error')]);
    }
    expect(dead.execute('show pmap kernel_pmap c0100000').join('\n')).toContain('TLB: not known');
  });

  it('becomes a core that tells the same', () => {
    const { symbols } = m.system;
    const first = openDump(bytes, symbols);
    const again = openDump(sparseBytes(coreFile(first.target)), symbols);
    expect(again.problems).toEqual([]);
    expect(Buffer.from(again.memory.ram.u8).compare(Buffer.from(first.memory.ram.u8))).toBe(0);
    expect(new Ddb(again.target).execute('t')).toEqual(new Ddb(first.target).execute('t'));
  });

  it('is told by crashinfo, and by a textdump, so that the reader of reports knows what died', () => {
    const { target } = openDump(bytes, m.system.symbols);
    const report = parseReport(crashInfo(target, 'vmcore.0'));
    expect(report.signature).toMatch(/vm_object_reference/);
    const files = textdump(target);
    expect(Object.keys(files)).toEqual(['ddb.txt', 'config.txt', 'msgbuf.txt', 'panic.txt', 'version.txt']);
    expect(parseReport(files['msgbuf.txt']! + files['ddb.txt']!).signature).toBe(report.signature);
    expect(files['config.txt']).toContain('ADDUMP_RESET=0');
  });

  it.each([
    [
      'cut short',
      (b: Uint8Array) => b.subarray(0, b.length - 100_000),
      /^cut short: 16286 KB of 16384 KB are there$/,
    ],
    [
      'damaged',
      (b: Uint8Array) => b.with(5_000_000, b[5_000_000]! ^ 1),
      /^damaged: the contents do not have the sum/,
    ],
  ])('says that it is %s, and shows the rest', (_, spoil, message) => {
    const { problems, target } = openDump(spoil(bytes), m.system.symbols);
    expect(problems).toEqual([expect.stringMatching(message)]);
    expect(new Ddb(target).execute('t').join('\n')).toContain('vm_object_reference');
  });

  it.each([
    ['nothing', () => new Uint8Array(0), /^no crash dump/],
    ['text', () => new TextEncoder().encode('hello, world'), /^no crash dump/],
    ['half a header', (b: Uint8Array) => b.subarray(0, 300), /^it ends within the header$/],
    ['a damaged header', (b: Uint8Array) => b.with(100, b[100]! ^ 1), /^the header is damaged/],
    [
      'an ELF program',
      () => Uint8Array.of(0x7f, 0x45, 0x4c, 0x46, ...new Array(60).fill(0)),
      /no core file of an i386$/,
    ],
    [
      'the beginning of an ELF file',
      () => Uint8Array.of(0x7f, 0x45, 0x4c, 0x46),
      /^it ends within the ELF header$/,
    ],
  ])('refuses %s', (_, spoil, message) => {
    expect(() => openDump(spoil(bytes), m.system.symbols)).toThrow(message);
  });

  it('refuses one of another kernel, and says what it died of', () => {
    const { image } = m.system;
    const text = image.segments[0]!;
    const data = `${text.data.slice(0, 100)}AAAA${text.data.slice(104)}`;
    const other = new SymbolTable({ ...image, segments: [{ ...text, data }, ...image.segments.slice(1)] });
    expect(() => openDump(bytes, other)).toThrow(
      /^full dump of another kernel: its text at 0xc01000\w\w is not that of this one; it panicked with "page fault"$/,
    );
    const core = sparseBytes(coreFile(openDump(bytes, m.system.symbols).target));
    const younger = new SymbolTable({ ...image, hash: 'f'.repeat(32) });
    expect(() => openDump(core, younger)).toThrow(/^core of another kernel: its image is/);
  });

  it('cut before the text of the kernel: that is no other kernel', () => {
    expect(() => openDump(bytes.subarray(0, 100_000), m.system.symbols)).toThrow(
      /^full dump: cut short: 97 KB of \d+ KB are there; nothing of the kernel is left$/,
    );
  });

  it('as a core, cut anywhere: it is said, or the rest is shown', () => {
    const core = sparseBytes(coreFile(openDump(bytes, m.system.symbols).target));
    for (const length of [10, 60, 500, 3000, 10_000, 200_000, 5_000_000, core.length - 1]) {
      try {
        const { problems } = openDump(core.subarray(0, length), m.system.symbols);
        expect([length, problems]).toEqual([length, [expect.stringContaining('cut short')]]);
      } catch (error) {
        expect([length, error]).toEqual([length, expect.any(DumpError)]);
      }
    }
  });

  it('is saved by savecore at the next boot', async () => {
    const record = m.system.machine.disk.save();
    const next = await dying({
      ...SMALL,
      ramBytes: 64 << 20,
      command:
        'savecore /tmp; cmp /tmp/bounds /etc/one; ls -l /tmp; savecore /tmp; savecore -c; savecore -f /tmp',
      files: { 'etc/one': '1\n' },
    });
    next.system.machine.disk.restore(record);
    expect(next.system.machine.run(60e9)).toBe('halt');
    const said = next.console().replaceAll('\r', '');
    expect(said).toContain('savecore: reboot after panic: page fault\nsavecore: writing /tmp/vmcore.0\n');
    expect(said).toContain(` ${bytes.length} May 25`);
    expect(said.match(/savecore: no core dump/g)).toHaveLength(2);
    expect(said).not.toContain('differ');
    expect(() => readHeader(next.system.machine.disk.sector(15), m.system.symbols)).toThrow(/no header/);
  });
});
