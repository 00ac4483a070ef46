import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseReport, type StructLayouts } from '../src/index.js';

const text = readFileSync(new URL('../../../examples/vmdaemon-2001.txt', import.meta.url), 'utf8');

describe('what follows from the example', () => {
  const report = parseReport(text);
  const found = (rule: string) =>
    report.derived.filter((each) => each.rule === rule).map((each) => each.values);

  it('two faults, one inside the other, and where the outer one was', () => {
    expect(found('nested-fault')).toEqual([
      { inner: '0xc027a13e', outer: '0xc02ac284', outerFunction: 'get_ptbase', innerFunction: 'vm_fault1' },
    ]);
    expect(found('outer-fault-address')).toEqual([{ address: '0xc38a5bfc', function: 'get_ptbase' }]);
  });
  it('the slot of the page directory', () => {
    expect(found('page-directory-slot')).toEqual([
      { address: '0xc38a5bfc', directory: '0xc38a5000', slot: 0x2ff },
    ]);
  });
  it('the map is kernel_map, the access a read', () => {
    expect(found('kernel-map')).toEqual([{ map: '0xc033bd0c', name: 'kernel_map' }]);
    expect(found('fault-type')).toEqual([{ type: 1 }]);
  });
  it('a null pointer and a field two bytes wide at 0x3a', () => {
    expect(found('operand-address')).toEqual([{ address: '0x3a', displacement: 0x3a }]);
    expect(found('null-pointer-field')).toEqual([{ offset: 0x3a, width: 2 }]);
  });
  it('pmap lies 0x6c into the vmspace', () => {
    expect(found('struct-offset')).toEqual([{ struct: 'vmspace', offset: 0x6c, base: '0xc325fa40' }]);
  });
  it('the process was swapped out and all of user space is removed', () => {
    expect(found('swapped-out')).toHaveLength(1);
    expect(found('whole-user-space')).toEqual([{ from: '0x0', to: '0xbfc00000' }]);
  });
  it('the arguments of trap() are the trap frame, and the frame ends at the interrupted stack pointer', () => {
    expect(found('trap-frame-arguments')).toEqual([
      { fs: '0x18', es: '0x10', ds: '0x10', edi: '0x0', esi: '0xbfc00000' },
    ]);
    expect(found('trap-frame-place')).toEqual([{ frame: '0xc35f0ee4', end: '0xc35f0f24' }]);
  });
  it('where functions start', () => {
    expect(found('function-start')).toEqual([
      { function: 'vm_fault1', start: '0xc027a01c' },
      { function: 'get_ptbase', start: '0xc02ac27c' },
      { function: 'vm_daemon', start: '0xc0287834' },
    ]);
  });
  it('the flags', () => {
    expect(found('eflags')).toEqual([{ flags: 'PF SF IF RF', iopl: 0 }]);
  });
  it('every check holds and nothing is damaged', () => {
    expect(report.checks.length).toBeGreaterThanOrEqual(12);
    expect(report.checks.filter((check) => !check.ok)).toEqual([]);
    expect(report.damage).toEqual([]);
  });
});

it('names the field of a null pointer by the layouts that it is given', () => {
  const layouts: StructLayouts = {
    version: 'test',
    structs: {
      vm_object: {
        size: 0x80,
        fields: {
          paging_in_progress: { offset: 0x3a, size: 2, type: 'u_short' },
          flags: { offset: 0x38, size: 2, type: 'u_short' },
        },
      },
      vmspace: {
        size: 0x100,
        fields: {
          vm_map: { offset: 0, size: 0x6c, type: 'vm_map' },
          vm_pmap: { offset: 0x6c, size: 0x40, type: 'pmap' },
        },
      },
      proc: { size: 0x200, fields: { p_flag: { offset: 0x3a, size: 4, type: 'int' } } },
    },
  };
  const report = parseReport(text, { layouts });
  const named = report.derived.find((each) => each.rule === 'null-pointer-struct');
  expect(named?.values).toEqual({ candidates: 'vm_object.paging_in_progress' });
  expect(report.derived.find((each) => each.rule === 'layout-agreement')?.values).toEqual({
    ours: 0x6c,
    theirs: 0x6c,
  });
});

it('knows freed memory by its fill', () => {
  const report = parseReport(
    text.replace('= 0x3a', '= 0xdeadc0e2').replace('ecx         0xc35f0e04', 'ecx         0xdeadc0de'),
  );
  expect(
    report.derived.filter((each) => each.rule === 'freed-memory').map((each) => each.values.value),
  ).toContain('0xdeadc0de');
});

describe('one processor or several', () => {
  const processors = (report: string) =>
    parseReport(report)
      .derived.filter((each) => each.rule === 'processors')
      .map((each) => [each.values.smp, each.confidence]);
  const swap = (from: string, to: string) => {
    expect(text).toContain(from);
    return text.replace(from, to);
  };
  const HEAD = 'while in kernel mode\n';

  it('a whole block of those years without a CPU line is of a kernel for one', () => {
    expect(processors(text)).toEqual([[0, 'likely']]);
  });
  it('a CPU line is of a kernel for several', () => {
    for (const line of [
      'cpuid = 1; lapic.id = 01000000',
      'mp_lock = 01000002; cpuid = 1; lapic.id = 00000000',
    ])
      expect(processors(swap(HEAD, `${HEAD}${line}\n`))).toEqual([[1, 'follows']]);
  });
  it('says nothing where a line may be missing, or of other years', () => {
    expect(processors(swap(HEAD, `${HEAD}[...]\n`))).toEqual([]);
    expect(processors(swap('fault code              = supervisor write, page not present\n', ''))).toEqual(
      [],
    );
    expect(processors(`FreeBSD 7.0-RELEASE #0: Sun Feb 24 19:59:52 UTC 2008\n${text}`)).toEqual([]);
  });
});

describe('no more than the text says', () => {
  it('does not guess the access of a null pointer', () => {
    const bare = text.replace('fault code              = supervisor write, page not present\n', '');
    const claim = parseReport(bare).derived.find((each) => each.rule === 'null-pointer-field');
    expect(claim?.claim).toContain('was touched');
  });
});
