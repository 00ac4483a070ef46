import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseReport, type StructLayouts } from '../src/index.js';
import { CORPUS } from './corpus/forms.js';
import { known } from './corpus/known.js';

fc.configureGlobal({ seed: Number(process.env.TRAP12_SEED ?? 20010523) });

/*
 * Prototypes, structure layouts, the page directory and the trap frame are known of one kernel: FreeBSD
 * 5.0-CURRENT of 2001 on i386. On no other kernel's text may a claim appear that needs them.
 */
const NEED_LAYOUT = new Set([
  'outer-fault-address',
  'page-directory-slot',
  'kernel-map',
  'fault-type',
  'null-pointer-struct',
  'argument-role',
  'struct-offset',
  'layout-agreement',
  'forwarded-arguments',
  'swapped-out',
  'named-address',
  'whole-user-space',
  'trap-frame-arguments',
  'trap-frame-place',
  'no-locals-yet',
  'kernel-thread',
  'register-argument',
]);

/** Layouts in which every small offset has a field: whatever is asked is answered. */
const LAYOUTS: StructLayouts = {
  version: 'all',
  structs: {
    everything: {
      size: 0x1000,
      fields: Object.fromEntries(
        Array.from({ length: 0x400 }, (_, i) => [`f${i}`, { offset: i * 4, size: 4, type: 'int' }]),
      ),
    },
    vmspace: { size: 0x100, fields: { vm_pmap: { offset: 0x6c, size: 0x40, type: 'pmap' } } },
  },
};

const example = readFileSync(new URL('../../../examples/vmdaemon-2001.txt', import.meta.url), 'utf8');
const needing = (text: string): string[] =>
  parseReport(text, { layouts: LAYOUTS })
    .derived.filter((each) => NEED_LAYOUT.has(each.rule))
    .map((each) => each.claim);

const RELEASES = [
  'FreeBSD 4.3-RELEASE #0: Sat Apr 21 10:54:49 GMT 2001',
  'FreeBSD 4.11-STABLE #3: Mon Mar  7 10:00:00 CET 2005',
  'FreeBSD 5.0-CURRENT #0: Sun Dec  8 10:00:00 CET 2002',
  'FreeBSD 5.1-RELEASE #0: Thu Jun  5 02:55:42 GMT 2003',
  'FreeBSD 6.2-RELEASE #0: Fri Jan 12 10:40:27 UTC 2007',
  'FreeBSD 11.4-RELEASE-p9 FreeBSD 11.4-RELEASE-p9 #0: Tue Apr  6 2021 i386',
  'FreeBSD 14.1-RELEASE releng/14.1-n267679 GENERIC amd64',
  'FreeBSD 12.3-STABLE #1 plus-devel-12-n226734 pfSense amd64',
  'DragonFly v1.8.1-RELEASE #0: Tue Mar 27 2007',
  'OpenBSD 7.3 (GENERIC.MP) #1125: Sat Mar 25 10:36:29 MDT 2023',
  'NetBSD 9.3 (GENERIC) #0: Thu Aug  4 15:30:37 UTC 2022',
];

it('the example itself has such claims: the test can fail', () => {
  expect(new Set(needing(example)).size).toBeGreaterThan(12);
});

describe('the example under another version line', () => {
  for (const release of RELEASES) {
    it(release, () => {
      expect(needing(`${release}\n${example}`)).toEqual([]);
    });
  }
});

it('the example with the registers and pointers of another architecture', () => {
  const wide = example
    .replaceAll(/\b0x(c[0-9a-f]{7})\b/g, '0xffffffff$1')
    .replaceAll(/\be(ax|bx|cx|dx|si|di|sp|bp|ip)\b/g, 'r$1');
  expect(parseReport(wide).arch).toBe('amd64');
  expect(needing(wide)).toEqual([]);
});

it('the example without the functions that only its kernel had', () => {
  const later = example.replaceAll('vm_fault1', 'vm_fault_hold');
  expect(parseReport(later).system).toBe('FreeBSD');
  expect(needing(later)).toEqual([]);
});

/** Functions whose parameters are known, in traces of other kernels. */
const NAMES = [
  'vm_fault',
  'vm_map_lookup',
  'vm_map_remove',
  'pmap_remove',
  'trap_pfault',
  'trap',
  'fork_exit',
  '_mtx_lock_flags',
  'vm_pageout_map_deactivate_pages',
  'vm_object_deallocate',
  'vput',
  'bread',
  'malloc',
  'uvm_fault',
  'pool_put',
  'vm_daemon',
];

it('any trace with functions of those names on a kernel that is not known', () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.tuple(
          fc.constantFrom(...NAMES),
          fc.array(fc.constantFrom('0', '1', 'c1041144', 'c104121c', 'bfc00000', 'c38a5bfc', '18', '10'), {
            minLength: 2,
            maxLength: 5,
          }),
        ),
        { minLength: 2, maxLength: 10 },
      ),
      fc.constantFrom(...RELEASES, ''),
      fc.constantFrom('0x0', '0x3a', '0xc38a5bfc'),
      (frames, release, address) => {
        const text = [
          release,
          'Fatal trap 12: page fault while in kernel mode',
          `fault virtual address   = ${address}`,
          'fault code              = supervisor read, page not present',
          'instruction pointer     = 0x8:0xc027a13e',
          'stack pointer           = 0x10:0xc35f0db8',
          'frame pointer           = 0x10:0xc35f0e58',
          'current process         = 3 (vmdaemon)',
          `Stopped at      ${frames[0]![0]}+0x122:        incw    0x3a(%eax)`,
          'db> t',
          ...frames.map(
            ([name, args], i) => `${name}(${args.join(',')}) at ${name}+0x${(i + 1).toString(16)}`,
          ),
          'db> sh r',
          'eax                  0',
          'ebx         0xc1041144',
          'esi         0xc104121c',
          'eip         0xc027a13e',
          '',
        ].join('\n');
        return needing(text).length === 0;
      },
    ),
    { numRuns: 400 },
  );
});

it('any text of the corpus', () => {
  for (const form of CORPUS) {
    fc.assert(
      fc.property(known(form.arch), (k) => needing(`${form.render(k).join('\n')}\n`).length === 0),
      { numRuns: 10 },
    );
  }
});
