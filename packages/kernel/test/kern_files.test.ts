import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { STUBS } from './kern_files.stubs.js';
import { type Unit, unit } from './unit.js';

/** More for a long search: RUNS=1000 npx vitest run … */
const RUNS = Number(process.env.RUNS ?? 40);

const FILES = [
  'kern/kern_ktr.ts',
  'kern/kern_regime.ts',
  'kern/kern_lock.ts',
  'vm/vm_zone.ts',
  'vm/vm_map.ts',
  'vm/vm_map_fault.ts',
  'vm/vm_map_lock.ts',
  'vm/vm_map_prot.ts',
  'vm/vm_map_wire.ts',
  'vm/vm_map_copy.ts',
  'vm/vm_vmspace.ts',
  'vm/vm_object.ts',
  'vm/vm_object_clean.ts',
  'vm/vm_object_collapse.ts',
  'vm/vm_page.ts',
  'vm/vm_pageq.ts',
  'vm/vm_page_valid.ts',
  'vm/vm_fault.ts',
  'vm/vm_fault_pager.ts',
  'vm/vm_fault_wire.ts',
  'vm/vm_pager.ts',
  'vm/default_pager.ts',
  'vm/phys_pager.ts',
  'vm/device_pager.ts',
  'vm/vnode_pager.ts',
  'dev/ata.h.ts',
  'dev/ata.ts',
  'dev/cons.ts',
  'dev/mem.ts',
  'dev/null.ts',
  'fs/memfs.h.ts',
  'fs/memfs_data.ts',
  'fs/memfs_vfsops.ts',
  'fs/memfs_vnops.ts',
  'fs/specfs.ts',
  'kern/kern_conf.ts',
  'kern/kern_descrip.ts',
  'kern/kern_physio.ts',
  'kern/kern_subr.ts',
  'kern/subr_disk.ts',
  'kern/sys_generic.ts',
  'kern/sys_pipe.ts',
  'kern/tty.ts',
  'kern/tty_cons.ts',
  'kern/vfs_bio.ts',
  'kern/vfs_init.ts',
  'kern/vfs_lookup.ts',
  'kern/vfs_pbuf.ts',
  'kern/vfs_subr.ts',
  'kern/vfs_syscalls.ts',
  'kern/vfs_syscalls2.ts',
  'kern/vfs_vnops.ts',
  'kern/vnode_if.ts',
];

const USER = 0xc0c00000; // where the "program" has its buffers: user memory is kernel memory here
const BUF = USER + 0x1000;
const ARGS = USER + 0x800;
const IMAGE = 0xc0d00000;
const E = {
  NOENT: 2,
  BADF: 9,
  EXIST: 17,
  NOTDIR: 20,
  ISDIR: 21,
  INVAL: 22,
  MFILE: 24,
  PIPE: 32,
  NOTEMPTY: 66,
  IO: 5,
  LOOP: 62,
};
const O = { WRONLY: 1, RDWR: 2, APPEND: 8, CREAT: 0x200, TRUNC: 0x400, EXCL: 0x800 };

/** The disk of the test: sectors by number, errors to come. */
const disk = {
  sectors: new Map<number, number[]>(),
  fail: 0,
  status: 0x40,
  error: 0,
  size: 4096,
  commands: 0,
};

let u: Unit;
let proc: number;
const byte = (a: number): number => (u.load32(a & ~3) >>> ((a & 3) * 8)) & 0xff;
function poke(a: number, bytes: ArrayLike<number>): void {
  for (let i = 0; i < bytes.length; i++) {
    const w = (a + i) & ~3;
    const shift = ((a + i) & 3) * 8;
    u.store32(w, (u.load32(w) & ~(0xff << shift)) | ((bytes[i] as number) << shift) | 0);
  }
}
const peek = (a: number, n: number): number[] => Array.from({ length: n }, (_, i) => byte(a + i));
const text = (s: string): Uint8Array => new TextEncoder().encode(s);
const str = (bytes: number[]): string => String.fromCharCode(...bytes);

/** A system call: words go to ARGS; a negative errno, or p_retval[0]. */
function sys(name: string, ...words: number[]): number {
  words.forEach((w, i) => {
    u.store32(ARGS + 4 * i, w | 0);
  });
  u.store32(proc + (u.image.structs.proc?.fields.p_retval?.offset ?? 0), 0);
  const error = u.run(name, proc | 0, ARGS | 0);
  return error !== 0 ? -error : u.call('test_retval', 0);
}
function path(s: string): number {
  poke(USER, [...text(s), 0]);
  return USER;
}
const open = (s: string, flags = 0): number => sys('open', path(s), flags, 0o644);
function write(fd: number, data: ArrayLike<number>): number {
  poke(BUF, data);
  return sys('write', fd, BUF, data.length);
}
function read(fd: number, n: number): number[] {
  const got = sys('read', fd, BUF, n);
  if (got < 0) throw new Error(`read: errno ${-got}`);
  return peek(BUF, got);
}
const lseek = (fd: number, off: number, whence = 0): number =>
  sys('lseek', fd, 0, off, off < 0 ? -1 : 0, whence);

/** A root image in the format of fs/memfs.h.ts. */
function image(files: [string, number, ArrayLike<number>][]): number[] {
  const out: number[] = [];
  const word = (w: number): void => {
    out.push(w & 255, (w >>> 8) & 255, (w >>> 16) & 255, w >>> 24);
  };
  const pad = (n: number): void => {
    while (out.length % n !== 0) out.push(0);
  };
  for (const [name, mode, data] of files) {
    pad(4);
    word(0x3153464d);
    word(mode);
    word(name.length);
    word(data.length);
    out.push(...text(name));
    pad(4);
    if ((mode & 0xf000) === 0x8000 && data.length > 0) pad(4096);
    out.push(...Array.from(data));
  }
  return out;
}
const pattern = (n: number): number[] => Array.from({ length: n }, (_, i) => (i * 7 + (i >> 8)) & 255);
const ROOT = image([
  ['bin/prog', 0x81ed, pattern(9000)],
  ['etc/motd', 0x81a4, text('hello\n')],
  ['link', 0xa1ff, text('etc/motd')],
  ['etc/loop', 0xa1ff, text('loop')],
  ['sub', 0x41ff, []],
  ['sub/up', 0xa1ff, text('../etc')],
  ['empty', 0x81a4, []],
  ['dev/null', 0x21b6, [2, 2, 0, 0]],
]);

const saved: { address: number; words: Uint32Array }[] = [];
const hw = {
  get_pcpu: () => u.address('test_pcpu') | 0,
  ata_capacity: () => disk.size,
  ata_status: () => disk.status,
  ata_error: () => disk.error,
  ata_poll: () => 0,
  bios_memsize: () => 0x40000,
  cn_getc: () => -1,
  cn_putc: () => {},
  ata_command: (_unit: number, cmd: number, lba: number, nsect: number, prdt: number) => {
    disk.commands++;
    disk.status = 0x40;
    if (disk.fail > 0) {
      disk.fail--;
      disk.status = 0x41;
      return;
    }
    let table = 0xc0000000 + prdt;
    let pa = u.load32(table);
    let left = u.load32(table + 4) & 0x7fffffff;
    for (let s = lba; s < lba + nsect; s++) {
      const sector: number[] = disk.sectors.get(s) ?? new Array<number>(512).fill(0);
      for (let i = 0; i < 512; i++) {
        if (left === 0) {
          if (u.load32(table + 4) >>> 31) throw new Error('descriptor table too short');
          table += 8;
          pa = u.load32(table);
          left = u.load32(table + 4) & 0x7fffffff;
        }
        if (cmd === 0xc8) poke(0xc0000000 + pa, [sector[i] as number]);
        else sector[i] = byte(0xc0000000 + pa);
        pa++;
        left--;
      }
      disk.sectors.set(s, sector);
    }
  },
};

beforeEach(async () => {
  if (u === undefined) {
    u = await unit(FILES, STUBS, hw);
    poke(IMAGE, ROOT);
    u.run('test_files', IMAGE | 0, ROOT.length);
    u.run('ata_attach');
    u.call('test_tty');
    for (const s of u.image.segments) if (s.name === 'data' || s.name === 'bss') remember(s.address, s.size);
    remember(0xc0400000, 0x60000);
    remember(0xc0800000, 0x80000);
    proc = u.address('test_proc');
  }
  reset();
});
function remember(address: number, size: number): void {
  saved.push({
    address,
    words: Uint32Array.from({ length: size >>> 2 }, (_, i) => u.load32(address + 4 * i)),
  });
}
/** Memory as it was after test_files. */
function reset(): void {
  for (const { address, words } of saved)
    words.forEach((w, i) => {
      u.store32(address + 4 * i, w);
    });
  Object.assign(disk, { sectors: new Map(), fail: 0, status: 0x40, error: 0, commands: 0 });
}

describe('names: does a path lead where it should?', () => {
  it('files of the root image, through directories, dots and symbolic links', () => {
    for (const p of [
      '/etc/motd',
      'etc/motd',
      '//etc/./motd',
      '/etc/../etc/motd',
      '/../etc/motd',
      'link',
      'sub/up/motd',
      '/sub/up/../link',
    ]) {
      const fd = open(p);
      expect(fd, p).toBeGreaterThanOrEqual(0);
      expect(str(read(fd, 100)), p).toBe('hello\n');
      expect(sys('close', fd)).toBe(0);
    }
  });
  it('and the ways in which it does not', () => {
    expect(open('nothing')).toBe(-E.NOENT);
    expect(open('nothing/at/all')).toBe(-E.NOENT);
    expect(open('')).toBe(-E.NOENT);
    expect(open('etc/motd/x')).toBe(-E.NOTDIR);
    expect(open('etc/motd/')).toBe(-E.NOTDIR);
    expect(open('etc/loop')).toBe(-E.LOOP);
    expect(open('etc', O.WRONLY)).toBe(-E.ISDIR);
    expect(open('etc/motd', O.WRONLY | O.CREAT | O.EXCL)).toBe(-E.EXIST);
    expect(sys('open', 0, 0, 0)).toBe(-14);
    expect(open('x'.repeat(300))).toBe(-63);
    expect(open('y/'.repeat(600))).toBe(-63);
  });
  it('makes, renames and removes files and directories', () => {
    expect(sys('mkdir', path('d'), 0o755)).toBe(0);
    expect(sys('mkdir', path('d'), 0o755)).toBe(-E.EXIST);
    expect(sys('mkdir', path('d/e/'), 0o755)).toBe(0);
    const fd = open('d/e/f', O.RDWR | O.CREAT);
    expect(write(fd, text('abc'))).toBe(3);
    expect(sys('rmdir', path('d/e'))).toBe(-E.NOTEMPTY);
    expect(sys('unlink', path('d/e'))).toBe(-1);
    expect(sys('rmdir', path('d/e/f'))).toBe(-E.NOTDIR);
    const rename = (a: string, b: string): number => {
      poke(USER + 0x400, [...text(b), 0]);
      return sys('rename', path(a), USER + 0x400);
    };
    expect(rename('d', 'd/e/g')).toBe(-E.INVAL);
    expect(rename('d/e/f', 'd/e/f')).toBe(0);
    expect(rename('d/e/f', 'g')).toBe(0);
    expect(rename('d/e', 'h')).toBe(0);
    expect(open('h/../g')).toBeGreaterThan(0);
    expect(open('d/e')).toBe(-E.NOENT);
    expect(sys('rmdir', path('d'))).toBe(0);
    expect(sys('rmdir', path('h/.'))).toBe(-E.INVAL);
    expect(sys('rmdir', path('h'))).toBe(0);
    expect(sys('rmdir', path('/'))).toBe(-16);
    expect(sys('unlink', path('g'))).toBe(0);
    lseek(fd, 0);
    expect(str(read(fd, 10))).toBe('abc');
  });
  it('lists a directory whatever the size of the buffer', () => {
    const list = (size: number): string[] => {
      const fd = open('/');
      const names: string[] = [];
      for (;;) {
        const n = sys('getdirentries', fd, BUF, size, 0);
        if (n < 0) throw new Error(`errno ${-n}`);
        if (n === 0) break;
        for (let at = 0; at < n; ) {
          const rec = byte(BUF + at + 4) | (byte(BUF + at + 5) << 8);
          names.push(str(peek(BUF + at + 8, byte(BUF + at + 7))));
          at += rec;
        }
      }
      sys('close', fd);
      return names;
    };
    const all = list(4096);
    expect(all).toEqual(['.', '..', 'bin', 'etc', 'link', 'sub', 'empty', 'dev']);
    for (const size of [16, 20, 33, 64]) expect(list(size)).toEqual(all);
    const fd = open('/');
    expect(sys('getdirentries', fd, BUF, 8, 0)).toBe(-E.INVAL);
  });
  it('frees a file with its last name and its last descriptor, and not before', () => {
    sys('close', open('warm', O.RDWR | O.CREAT));
    sys('unlink', path('warm'));
    u.run('test_sync');
    const blocks = u.load32(u.address('test_blocks'));
    const pages = u.call('test_used');
    const fd = open('f', O.RDWR | O.CREAT);
    write(fd, pattern(9000));
    sys('unlink', path('f'));
    u.run('test_sync');
    lseek(fd, 0);
    expect(read(fd, 9000)).toEqual(pattern(9000));
    sys('close', fd);
    u.run('test_sync');
    expect(u.load32(u.address('test_blocks'))).toBe(blocks);
    expect(u.call('test_used')).toBe(pages);
  });
});

describe('descriptors: do they follow the manual?', () => {
  it('agrees with a table', () => {
    const op = fc.oneof(
      fc.record({ k: fc.constant('open' as const) }),
      fc.record({ k: fc.constant('close' as const), a: fc.integer({ min: -1, max: 30 }) }),
      fc.record({ k: fc.constant('dup' as const), a: fc.integer({ min: -1, max: 30 }) }),
      fc.record({
        k: fc.constant('dup2' as const),
        a: fc.integer({ min: 0, max: 30 }),
        b: fc.integer({ min: 0, max: 70 }),
      }),
      fc.record({
        k: fc.constant('dupfd' as const),
        a: fc.integer({ min: 0, max: 30 }),
        b: fc.integer({ min: 0, max: 70 }),
      }),
    );
    fc.assert(
      fc.property(fc.array(op, { maxLength: 60 }), (ops) => {
        reset();
        const table = new Map<number, number>();
        let files = 0;
        const lowest = (from: number): number => {
          let n = from;
          while (table.has(n)) n++;
          return n;
        };
        for (const o of ops) {
          let want = 0;
          let got = 0;
          if (o.k === 'open') {
            want = lowest(0) < 64 ? lowest(0) : -E.MFILE;
            got = open('/dev/null', O.RDWR);
            if (want >= 0) table.set(want, files++);
          } else if (o.k === 'close') {
            want = table.delete(o.a) ? 0 : -E.BADF;
            got = sys('close', o.a);
          } else {
            const b = o.k === 'dup' ? lowest(0) : o.b;
            if (!table.has(o.a)) want = -E.BADF;
            else if (o.k === 'dup2') want = b < 64 ? b : -E.BADF;
            else if (o.k === 'dupfd' && b >= 64) want = -E.INVAL;
            else want = lowest(o.k === 'dup' ? 0 : b) < 64 ? lowest(o.k === 'dup' ? 0 : b) : -E.MFILE;
            if (want >= 0) table.set(want, table.get(o.a) as number);
            got =
              o.k === 'dup'
                ? sys('dup', o.a)
                : o.k === 'dup2'
                  ? sys('dup2', o.a, b)
                  : sys('fcntl', o.a, 0, b);
          }
          expect(got, JSON.stringify(o)).toBe(want);
        }
        expect(u.load32(u.address('nfiles'))).toBe(new Set(table.values()).size);
        u.run('fdfree', proc | 0);
        expect(u.load32(u.address('nfiles'))).toBe(0);
      }),
      { numRuns: RUNS },
    );
  });
  it('reads zeros from /dev/zero and loses everything in /dev/null', () => {
    const zero = open('/dev/zero');
    poke(BUF, new Array(64).fill(9));
    expect(read(zero, 40)).toEqual(new Array(40).fill(0));
    expect(byte(BUF + 40)).toBe(9);
    const nul = open('/dev/null', O.RDWR);
    expect(read(nul, 10)).toEqual([]);
    expect(write(nul, [1, 2, 3])).toBe(3);
    expect(sys('write', zero, BUF, 1)).toBe(-E.BADF);
    expect(sys('read', nul, BUF, 0x80000000)).toBe(-E.INVAL);
  });
});

describe('memfs: do read, write and mmap agree, whatever the page daemon does?', () => {
  type Op =
    | { k: 'write'; at: number; n: number; v: number }
    | { k: 'read'; at: number; n: number }
    | { k: 'trunc'; n: number }
    | { k: 'store'; at: number; v: number }
    | { k: 'load'; at: number }
    | { k: 'clean'; seed: number }
    | { k: 'sync' };
  const MAX = 14000;
  const at = fc.oneof(fc.integer({ min: 0, max: MAX }), fc.constantFrom(4095, 4096, 8191, 8192, 8999, 9000));
  const op: fc.Arbitrary<Op> = fc.oneof(
    fc.record({
      k: fc.constant('write' as const),
      at,
      n: fc.integer({ min: 1, max: 5000 }),
      v: fc.integer({ min: 0, max: 255 }),
    }),
    fc.record({ k: fc.constant('read' as const), at, n: fc.integer({ min: 1, max: 9000 }) }),
    fc.record({ k: fc.constant('trunc' as const), n: at }),
    fc.record({ k: fc.constant('store' as const), at, v: fc.integer({ min: 0, max: 255 }) }),
    fc.record({ k: fc.constant('load' as const), at }),
    fc.record({ k: fc.constant('clean' as const), seed: fc.integer({ min: 0, max: 4 }) }),
    fc.record({ k: fc.constant('sync' as const) }),
  );
  it('a file of the image, mapped and not', () => {
    fc.assert(
      fc.property(fc.boolean(), fc.array(op, { maxLength: 40 }), (mapped, ops) => {
        reset();
        const fd = open('bin/prog', O.RDWR);
        const vm = mapped ? u.run('test_mapfile', fd, 4) : 0;
        let model = pattern(9000);
        const grow = (n: number): void => {
          while (model.length < n) model.push(0);
        };
        for (const o of ops) {
          if (o.k === 'write') {
            lseek(fd, o.at);
            expect(write(fd, new Array(o.n).fill(o.v))).toBe(o.n);
            grow(o.at + o.n);
            model.fill(o.v, o.at, o.at + o.n);
          } else if (o.k === 'read') {
            lseek(fd, o.at);
            expect(read(fd, o.n)).toEqual(model.slice(o.at, o.at + o.n));
          } else if (o.k === 'trunc') {
            expect(sys('ftruncate', fd, 0, o.n, 0)).toBe(0);
            model = model.slice(0, o.n);
            grow(o.n);
          } else if (o.k === 'sync') {
            u.run('test_sync');
          } else if (o.k === 'clean') {
            const n = u.load32(u.address('vm_page_array_size'));
            for (let i = 0; i < n; i++) if ((i + o.seed) % 3 !== 0) u.run('test_clean', i);
          } else if (mapped && o.at < model.length) {
            const a = u.run('test_touch', vm, o.at, o.k === 'store' ? 1 : 0) >>> 0;
            expect(a).not.toBe(0);
            if (o.k === 'load') expect(byte(a)).toBe(model[o.at]);
            else {
              poke(a, [o.v]);
              model[o.at] = o.v;
            }
          }
        }
        lseek(fd, 0);
        expect(read(fd, 40000)).toEqual(model);
        expect(lseek(fd, 0, 2)).toBe(model.length);
      }),
      { numRuns: RUNS },
    );
  });
  it('appends, and refuses what is too big', () => {
    const fd = open('empty', O.RDWR | O.APPEND);
    write(fd, text('one'));
    lseek(fd, 0);
    write(fd, text('two'));
    lseek(fd, 0);
    expect(str(read(fd, 9))).toBe('onetwo');
    expect(sys('ftruncate', fd, 0, 0x40000000, 0)).toBe(-27);
    expect(sys('ftruncate', fd, 0, -1, -1)).toBe(-E.INVAL);
    /* More than half of the 128 pages of RAM: all or nothing. */
    expect(sys('write', fd, BUF, 70 * 4096)).toBe(-28);
    expect(lseek(fd, 0, 2)).toBe(6);
    expect(open('empty', O.RDWR | O.TRUNC)).toBeGreaterThan(0);
    lseek(fd, 0);
    expect(read(fd, 9)).toEqual([]);
    expect(lseek(fd, -1)).toBe(-E.INVAL);
  });
});

describe('pipes', () => {
  function pipe(): [number, number] {
    const r = sys('pipe');
    expect(r).toBeGreaterThanOrEqual(0);
    return [r, u.call('test_retval', 1)];
  }
  it('keep the order of bytes around the end of the buffer', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer({ min: 1, max: 9000 }), fc.integer({ min: 1, max: 9000 })), {
          maxLength: 12,
        }),
        (steps) => {
          reset();
          const [r, w] = pipe();
          sys('fcntl', w, 4, 4);
          let model: number[] = [];
          let next = 0;
          for (const [n, m] of steps) {
            const data = Array.from({ length: n }, () => next++ & 255);
            const room = 16384 - model.length;
            const wrote = write(w, data);
            const want = n <= room ? n : n <= 512 ? 0 : room;
            expect(wrote).toBe(want === 0 ? -35 : want);
            next -= n - want;
            model.push(...data.slice(0, want));
            if (model.length === 0) continue;
            expect(read(r, m)).toEqual(model.slice(0, m));
            model = model.slice(m);
          }
        },
      ),
      { numRuns: RUNS },
    );
  });
  it('end with end of file on one side and SIGPIPE on the other', () => {
    let [r, w] = pipe();
    write(w, text('last'));
    sys('close', w);
    expect(str(read(r, 10))).toBe('last');
    expect(read(r, 10)).toEqual([]);
    [r, w] = pipe();
    sys('close', r);
    expect(write(w, [1])).toBe(-E.PIPE);
    expect(u.load32(u.address('test_signals')) >>> 13).toBe(1);
  });
  it('let a writer sleep until a reader made room', () => {
    const [r, w] = pipe();
    [r, USER + 0x20000, 5000].forEach((v, i) => {
      u.store32(u.address('test_peerargs') + 4 * i, v | 0);
    });
    u.store32(u.address('test_action'), u.address('test_peer') | 0);
    expect(write(w, pattern(30000))).toBe(30000);
    expect(u.load32(u.address('test_sleeps'))).toBe(3);
    expect(read(r, 100)).toEqual(pattern(30000).slice(15000, 15100));
  });
});

describe('the terminal', () => {
  const type = (s: string): void => {
    for (const c of text(s)) u.run('test_type', c);
  };
  const echo = (): string => str(peek(u.address('test_echo'), u.load32(u.address('test_echon'))));
  let fd = -1;
  beforeEach(() => {
    fd = open('/dev/console', O.RDWR);
  });
  it('gives whole lines, edited', () => {
    type('lx\x7fs -z\x15echo  two\x17one\r');
    expect(str(read(fd, 100))).toBe('echo  one\n');
    type('a\nbc\n');
    expect(str(read(fd, 1))).toBe('a');
    expect(str(read(fd, 100))).toBe('\n');
    expect(str(read(fd, 100))).toBe('bc\n');
    expect(sys('read', fd, BUF, 10)).toBe(-4);
  });
  it('echoes, with control characters in hats', () => {
    type('ab\x7f\x01\n');
    expect(echo()).toBe('ab\b \b^A\n');
  });
  it('ends a file with ^D and interrupts the foreground with ^C', () => {
    type('x\x04');
    expect(str(read(fd, 10))).toBe('x');
    type('\x04');
    expect(read(fd, 10)).toEqual([]);
    u.store32(BUF, 7);
    expect(sys('ioctl', fd, 0x80047476, BUF)).toBe(0);
    type('lost\x03');
    expect(u.load32(u.address('test_signals'))).toBe(1 << 2);
    type('kept\n');
    expect(str(read(fd, 10))).toBe('kept\n');
    expect(echo()).toContain('^C');
  });
  it('holds a line of 1023 characters and its end, and no more', () => {
    type('z'.repeat(1500));
    type('\n');
    const got = str([...read(fd, 2000)]);
    expect(got).toBe(`${'z'.repeat(1023)}\n`);
  });
});

describe('disks', () => {
  it('sweep one way: the queue is C-SCAN, first come first served within a block', () => {
    const op = fc.option(fc.integer({ min: 0, max: 20 }), { freq: 2 });
    fc.assert(
      fc.property(fc.array(op, { maxLength: 60 }), (ops) => {
        reset();
        let pending: { i: number; b: number }[] = [];
        let last = 0;
        let n = 0;
        const take = (): void => {
          const got = u.call('test_bio_take');
          if (pending.length === 0) {
            expect(got).toBe(-1);
            return;
          }
          const ahead = pending.filter((p) => p.b >= last);
          const from = ahead.length > 0 ? ahead : pending;
          const best = from.reduce((a, p) => (p.b < a.b ? p : a));
          expect(got).toBe(best.i);
          last = best.b;
          pending = pending.filter((p) => p !== best);
        };
        for (const o of ops) {
          if (o === null) take();
          else {
            u.call('test_bio_insert', n, o);
            pending.push({ i: n++, b: o });
          }
        }
        while (pending.length > 0) take();
      }),
      { numRuns: RUNS * 4 },
    );
  });

  const bio = (i: number): number => u.call('test_bio', i) >>> 0;
  const start = (i: number, cmd: 'r' | 'w', block: number, n: number, data: number): void => {
    u.call('test_bio_start', i, cmd === 'r' ? 1 : 2, block, n, data | 0);
  };
  const done = (i: number): number => u.load32(u.address('test_done') + 4 * i);
  const resid = (i: number): number => u.field(bio(i), 'bio', 'bio_resid');
  const error = (i: number): number => u.field(bio(i), 'bio', 'bio_error');
  it('move data to and from any alignment, in as many commands as it takes', () => {
    const n = 300 * 512;
    poke(BUF + 3, pattern(n));
    start(0, 'w', 10, n, BUF + 3);
    start(1, 'r', 10, n, BUF + 0x40001);
    for (let k = 0; k < 4; k++) u.run('test_intr');
    expect([done(0), done(1), resid(0), resid(1), disk.commands]).toEqual([1, 1, 0, 0, 4]);
    expect(peek(BUF + 0x40001, n)).toEqual(pattern(n));
    expect(disk.sectors.get(26)?.slice(0, 8)).toEqual(pattern(8));
  });
  it('try three times more, then fail, and go on with the next', () => {
    disk.fail = 2;
    start(0, 'w', 0, 512, BUF);
    for (let k = 0; k < 3; k++) u.run('test_intr');
    expect([done(0), error(0), disk.commands]).toEqual([1, 0, 3]);
  });
  it('end at the end of the partition', () => {
    const size = disk.size - 16;
    start(0, 'r', size, 512, BUF);
    start(1, 'r', size + 1, 512, BUF);
    start(2, 'r', size - 1, 1024, BUF);
    u.run('test_intr');
    expect([done(0), error(0), resid(0)]).toEqual([1, 0, 512]);
    expect([done(1), error(1)]).toEqual([1, E.INVAL]);
    expect([done(2), error(2), resid(2)]).toEqual([1, 0, 512]);
  });
  it('take a dump: they know where their partition is, and write memory, polled', () => {
    expect(u.call('addump', 0x7401)).toBe(0);
    const di = u.address('test_dump');
    const got = ['di_unit', 'di_first', 'di_size'].map((field) => u.field(di, 'dumperinfo', field));
    expect(got).toEqual([0, 16, disk.size - 16]);
    expect(disk.sectors.size).toBe(2);
    expect(disk.sectors.get(disk.size - 1)).toEqual(peek(0xc0000000 + 0x40000 - 512, 512));
    expect(u.call('addump', 0x7405)).toBe(6);
  });
});
