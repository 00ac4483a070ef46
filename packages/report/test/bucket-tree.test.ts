import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type BucketNode,
  bucketTree,
  compareReleases,
  compareReports,
  type Counted,
  countedOf,
  parseReport,
} from '../src/index.js';
import { TEXTS } from './texts/index.js';

const EXAMPLE = readFileSync(new URL('../../../examples/vmdaemon-2001.txt', import.meta.url), 'utf8');

/** A panic with the frames named, innermost first. */
function panic(frames: readonly string[], { version = '', access = 'read' } = {}): string {
  return `${version}
Fatal trap 12: page fault while in kernel mode
fault virtual address   = 0x28
fault code              = supervisor ${access} data, page not present
instruction pointer     = 0x20:0xffffffff80f1a2b3
panic: page fault
trap_pfault() at trap_pfault+0x4f
calltrap() at calltrap+0x8
--- trap 0xc, rip = 0xffffffff80f1a2b3, rsp = 0xfffffe00ca110c10, rbp = 0xfffffe00ca110c60 ---
${frames.map((name) => `${name}() at ${name}+0x13`).join('\n')}
amd64_syscall() at amd64_syscall+0x10c
fast_syscall_common() at fast_syscall_common+0xf8
`;
}

const counted = (file: string, text: string): Counted => countedOf(file, parseReport(text));

function walk(nodes: readonly BucketNode[], visit: (node: BucketNode, parent?: BucketNode) => void): void {
  const go = (node: BucketNode, parent?: BucketNode): void => {
    visit(node, parent);
    for (const child of node.children) go(child, node);
  };
  for (const node of nodes) go(node);
}

describe('a tree of buckets', () => {
  const chain = fc.array(fc.constantFrom('zorp_find', 'zorp_detach', 'quux_get', 'blatter_put'), {
    minLength: 1,
    maxLength: 4,
  });
  const reports = fc.array(fc.tuple(chain, fc.constantFrom('read', 'write')), {
    minLength: 1,
    maxLength: 12,
  });

  it('counts every report once a level, and its files lie at the leaves', () => {
    fc.assert(
      fc.property(reports, (list) => {
        const found = list.map(([frames, access], i) => counted(`${i}`, panic(frames, { access })));
        const { nodes, apart } = bucketTree(found);
        const files: string[] = [];
        walk(nodes, (node) => {
          const below = node.children.reduce((sum, child) => sum + child.count, node.files.length);
          expect(node.count).toBe(below);
          files.push(...node.files);
        });
        expect([...files, ...apart.map((each) => each.file)].sort()).toEqual(
          found.map((each) => each.file).sort(),
        );
      }),
      { numRuns: 60 },
    );
  });

  it('the order of the reports decides nothing', () => {
    fc.assert(
      fc.property(reports, (list) => {
        const found = list.map(([frames, access], i) => counted(`${i}`, panic(frames, { access })));
        const keys = (each: readonly Counted[]): string[] => {
          const out: string[] = [];
          walk(bucketTree(each).nodes, (node) => out.push(`${node.key} ${node.count} ${node.title}`));
          return out;
        };
        expect(keys([...found].reverse())).toEqual(keys(found));
      }),
      { numRuns: 40 },
    );
  });

  it('rows that are apart have titles that tell them apart', () => {
    const found = [...Object.entries(TEXTS)].map(([name, text]) => counted(name, text));
    // Two kinds whose message is the same.
    const alike = (kind: string): Counted => ({
      ...found[0]!,
      file: kind,
      levels: (['kind', 'access', 'culprit', 'frames'] as const).map((level) => ({
        level,
        key: `${kind}; ${level}`,
        title: level === 'kind' ? kind : 'zorp in quux',
      })),
    });
    const seen = new Map<string, string>();
    walk(bucketTree([...found, alike('panic'), alike('assertion')]).nodes, ({ level, title, key }) => {
      expect(seen.get(`${level} ${title}`) ?? key).toBe(key);
      seen.set(`${level} ${title}`, key);
    });
    expect(seen.size).toBeGreaterThan(20);
  });

  it('the same bug of two builds and processes is one row; another caller is another', () => {
    const { nodes } = bucketTree([
      counted('a', panic(['zorp_find', 'zorp_detach', 'zorp_close'])),
      counted('b', panic(['zorp_find.isra.0', 'zorp_detach', 'zorp_close'])),
      counted('c', panic(['zorp_find', 'zorp_attach', 'zorp_open'])),
    ]);
    const leaves: string[][] = [];
    walk(nodes, (node) => node.files.length > 0 && leaves.push(node.files));
    expect(leaves).toEqual([['a', 'b'], ['c']]);
  });

  it('a report without a frame of its own stands apart, even from its like', () => {
    const lone = 'panic: page fault\ncpuid = 1\n';
    const { nodes, apart } = bucketTree([counted('a', lone), counted('b', lone)]);
    expect(nodes).toEqual([]);
    expect(apart.map((each) => each.file)).toEqual(['a', 'b']);
  });

  it('first and last version, and architectures, are those of all below', () => {
    const version = (release: string): string =>
      `FreeBSD ${release} #0: Mon Jan  1 00:00:00 UTC 2024 root@x:/y amd64`;
    const frames = ['zorp_find', 'zorp_close'];
    const { nodes } = bucketTree(
      ['13.2-RELEASE', '9.3-RELEASE-p5', '14.0-CURRENT', '13.2-RELEASE-p10'].map((each) =>
        counted(each, panic(frames, { version: version(each) })),
      ),
    );
    expect(nodes[0]!.versions).toEqual([
      { system: 'FreeBSD', first: '9.3-RELEASE-p5', last: '14.0-CURRENT' },
    ]);
    expect(nodes[0]!.arches).toEqual(['amd64']);
  });
});

it('releases are ordered as they came', () => {
  const freebsd = [
    '4.11-RELEASE',
    '5.0-CURRENT',
    '9.3-RELEASE',
    '9.3-RELEASE-p5',
    '9.3-RELEASE-p10',
    '9.3-STABLE',
    '10.0-CURRENT',
    '10.0-ALPHA2',
    '10.0-BETA1',
    '10.0-RC3',
    '10.0-RELEASE',
    '14.0-CURRENT',
  ];
  const openbsd = ['6.9', '7.2-beta', '7.2', '7.2-stable', '7.2-current', '7.3'];
  for (const [system, list] of [
    ['FreeBSD', freebsd],
    ['OpenBSD', openbsd],
  ] as const)
    list.forEach((a, i) => {
      list.forEach((b, j) => {
        expect(Math.sign(compareReleases(a, b, system)), `${a} ${b}`).toBe(Math.sign(i - j));
      });
    });
});

describe('are two texts one bug?', () => {
  const a = panic(['zorp_find', 'zorp_detach', 'zorp_close']);
  const verdict = (first: string, second: string): string => {
    const there = compareReports(parseReport(first), parseReport(second));
    const back = compareReports(parseReport(second), parseReport(first));
    expect(back.verdict).toBe(there.verdict);
    return there.verdict;
  };

  it('yes: another build, another process, another end of the trace', () => {
    expect(verdict(a, a)).toBe('same');
    expect(verdict(a, panic(['zorp_find.part.0', 'zorp_detach', 'zorp_close', 'devfs_close']))).toBe('same');
    expect(verdict(a, a.replaceAll('0xffffffff80f1a2b3', '0xffffffff80aaaaaa').replace('0x28', '0x30'))).toBe(
      'same',
    );
    expect(verdict(EXAMPLE, EXAMPLE.replaceAll('vmdaemon', 'cron'))).toBe('same');
  });
  it('yes: one trace is cut short of what tells', () => {
    expect(verdict(a, panic(['zorp_find', 'zorp_detach']).replace(/^amd64_syscall[\s\S]*/m, ''))).toBe(
      'same',
    );
  });
  it('perhaps: the same function fell in the same way, called by others', () => {
    const comparison = compareReports(
      parseReport(a),
      parseReport(panic(['zorp_find', 'quux_get', 'quux_read'])),
    );
    expect(comparison.verdict).toBe('perhaps');
    expect(comparison.because).toMatch(/by zorp_detach < zorp_close; by quux_get < quux_read/);
    expect(comparison.shared.at(-1)!.level).toBe('culprit');
  });
  it('no: another function, another access, another kind', () => {
    expect(verdict(a, panic(['quux_get', 'zorp_detach', 'zorp_close']))).toBe('different');
    expect(verdict(a, panic(['zorp_find', 'zorp_detach', 'zorp_close'], { access: 'write' }))).toBe(
      'different',
    );
    expect(verdict(a, TEXTS['kmem-map']!)).toBe('different');
  });
  it('cannot be told: one has no frame of its own', () => {
    const lone = 'panic: page fault\ncpuid = 1\n';
    expect(verdict(a, lone)).toBe('untold');
    expect(verdict(lone, lone)).toBe('untold');
  });
  it('what differs is listed, what does not is not', () => {
    const { differences } = compareReports(parseReport(a), parseReport(a.replace('0x28', '0x30')));
    expect(differences.map((each) => each.what)).toContain('fault address');
    expect(differences.map((each) => each.what)).not.toContain('process');
  });
});
