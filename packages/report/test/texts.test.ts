import { describe, expect, it } from 'vitest';
import { parseReport, renderReport } from '../src/index.js';
import { TEXTS } from './texts/index.js';

/** What each text must give, beyond its golden output. */
const EXPECTED: Record<
  string,
  { kind: string; met?: string; culprit?: string; system?: string; others?: number; damage?: string[] }
> = {
  'mail-2001': { kind: 'trap', culprit: 'vm_map_lookup_entry', damage: [] },
  'amd64-2020': { kind: 'trap', culprit: 're_rxeof', damage: [] },
  'interleaved-cpus': { kind: 'trap', others: 1, damage: ['interleaved', 'unread'] },
  'lock-order': { kind: 'lock-order-reversal', culprit: 'devfs_allocv', damage: [] },
  'openbsd-fault': { kind: 'trap', culprit: 'igmp_leavegroup', system: 'OpenBSD', damage: [] },
  'netbsd-fault': { kind: 'trap', culprit: 'nfs_lookup', system: 'NetBSD', damage: [] },
  'double-fault': { kind: 'double-fault', culprit: 'ip_output', damage: [] },
  'use-after-free': { kind: 'modified-after-free', met: 'fdcopy', damage: [] },
  'kmem-map': { kind: 'kmem-map-too-small', culprit: 'zfs_znode_alloc', damage: [] },
  'kgdb-core': { kind: 'nofault-entry', culprit: 'bcopy', damage: ['truncated'] },
  deadlock: { kind: 'possible-deadlock', damage: [] },
  'log-table': { kind: 'panic', others: 1, damage: ['reordered', 'truncated'] },
  'hand-typed': { kind: 'trap', culprit: 'ip_input', damage: ['gap', 'truncated', 'unread'] },
  'kgdb-full': { kind: 'panic', culprit: 'knlist_remove_kq', damage: [] },
  'netbsd-assertion': { kind: 'assertion', culprit: 'uvm_pageunwire', system: 'NetBSD', damage: [] },
  'openbsd-i386': { kind: 'trap', culprit: 'ip_output', system: 'OpenBSD', damage: [] },
  'two-cpus': { kind: 'trap', culprit: 'acpi_cpu_idle', others: 1, damage: ['interleaved', 'unread'] },
  'malloc-with-lock': { kind: 'sleeping-with-locks', culprit: 'bce_ioctl', damage: [] },
  'sleeping-thread': { kind: 'sleeping-thread', culprit: 'igb_mq_start_locked', damage: [] },
};

describe('hand-made texts', () => {
  for (const [name, text] of Object.entries(TEXTS)) {
    it(name, () => {
      const report = parseReport(text);
      const expected = EXPECTED[name]!;
      expect(report.kind).toBe(expected.kind);
      expect(report.others.length).toBe(expected.others ?? 0);
      expect(report.system).toBe(expected.system ?? 'FreeBSD');
      if (expected.culprit !== undefined) expect(report.signatureParts.culprit).toBe(expected.culprit);
      if (expected.met !== undefined)
        expect([report.ownFrames[0], report.signatureParts.culprit]).toEqual([expected.met, undefined]);
      if (expected.damage !== undefined)
        expect([...new Set(report.damage.map((d) => d.kind))].sort()).toEqual(expected.damage);
      // No address gets into what names a panic.
      expect(`${report.signature} ${report.title}`).not.toMatch(/0x[0-9a-f]{5}|[0-9a-f]{8}/);
      expect(report.checks.filter((check) => !check.ok)).toEqual([]);
    });

    // `npx vitest run packages/report -u` rewrites the golden outputs.
    it(`${name}: golden output`, async () => {
      await expect(renderReport(parseReport(text), { text })).toMatchFileSnapshot(`./golden/${name}.txt`);
    });
  }
});

describe('several things in one text', () => {
  it('names the panic and lists the warning before it', () => {
    const report = parseReport(`${TEXTS['lock-order']}\n${TEXTS['kmem-map']}`);
    expect(report.kind).toBe('kmem-map-too-small');
    expect(report.others.map((each) => each.kind)).toEqual(['lock-order-reversal']);
  });

  it('takes a panic that was printed twice for one', () => {
    const report = parseReport(
      `${TEXTS['amd64-2020']}\nUnread portion of the kernel message buffer:\n${TEXTS['amd64-2020']}`,
    );
    expect(report.others).toEqual([]);
    expect(report.frames).toHaveLength(12);
  });

  it('reports a contradiction and does not hide it', () => {
    const example = TEXTS['mail-2001']!.replace('> db> trace', '> eax    0x40\n> db> trace');
    const bad = parseReport(example);
    expect(bad.checks.find((check) => check.name === 'operand and fault address')?.ok).toBe(false);
    expect(bad.damage.some((d) => d.kind === 'contradictory' && d.what === 'operand and fault address')).toBe(
      true,
    );
  });

  it('gives two commands of one sentence', () => {
    expect(parseReport(TEXTS['mail-2001']!).recipe.map((each) => each.text)).toEqual([
      'make -j8 buildworld',
      'sh crash.sh 10',
    ]);
  });

  it('keeps the dump state', () => {
    expect(parseReport(TEXTS['amd64-2020']!).dump?.state).toBe('succeeded');
    const info = `Dump header from device: /dev/ada0p2\n  Architecture: amd64\n  Dump Length: 1234\n  Hostname: box\n  Version String: FreeBSD 13.0-RELEASE #0\n  Panic String: page fault\n  Dump Status: good\n`;
    const report = parseReport(info);
    expect(report.dump?.state).toBe('good');
    expect(report.dump?.header?.hostname?.value).toBe('box');
    expect(report.message?.value).toBe('page fault');
  });
});

it('two words that look like frames, far from each other in noise, are not a report', () => {
  const noise = 'nothing of that kind\n'.repeat(500);
  const frames = 'vm_fault1(c033bd0c,c38a5000,1,0,c325adc0) at vm_fault1+0x122\n';
  const other = 'fork_exit(c0287834,0,c35f0fa8) at fork_exit+0x50\n';
  expect(() => parseReport(frames + noise + other)).toThrow(/^not read as a panic report/);
  expect(parseReport(frames + other).frames).toHaveLength(2);
});
