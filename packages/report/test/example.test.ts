import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseReport, renderReport } from '../src/index.js';

const EXAMPLE = new URL('../../../examples/vmdaemon-2001.txt', import.meta.url);
const text = readFileSync(EXAMPLE, 'utf8');

describe('the example report', () => {
  const report = parseReport(text);

  it('tells the fault that came while the first was handled behind that', () => {
    const said = renderReport(report);
    const [handled, faulted] = [
      'the kernel handled the trap:',
      'page fault in kernel mode at vm_fault1+0x122',
    ];
    expect(said.indexOf(handled)).toBeGreaterThan(0);
    expect(said.lastIndexOf(faulted)).toBeGreaterThan(said.indexOf(handled));
    // Where the block is of the trap that the trace has, that comes first.
    const one = renderReport(
      parseReport(
        text
          .replace(/(instruction pointer\s*= \S+:)\S+/, '$10xc02ac284')
          .replaceAll('vm_fault1+0x122', 'get_ptbase+0x8'),
      ),
    );
    const first = one.indexOf('page fault in kernel mode at get_ptbase+0x8', one.indexOf('What happened'));
    expect(first).toBeGreaterThan(0);
    expect(first).toBeLessThan(one.indexOf(handled));
  });

  it('gives every field of the trap block', () => {
    const trap = report.trap!;
    expect(report.kind).toBe('trap');
    expect(trap.number?.value).toBe(12);
    expect(trap.name?.value).toBe('page fault');
    expect(trap.mode?.value).toBe('kernel');
    expect(trap.faultAddress?.value).toBe('0x3a');
    expect(trap.faultCode?.value).toEqual({ by: 'supervisor', access: 'write', why: 'page not present' });
    expect(trap.ip?.value).toEqual({ selector: '0x8', address: '0xc027a13e' });
    expect(trap.sp?.value).toEqual({ selector: '0x10', address: '0xc35f0db8' });
    expect(trap.fp?.value).toEqual({ selector: '0x10', address: '0xc35f0e58' });
    expect(trap.codeSegment?.value).toEqual({
      base: '0x0',
      limit: '0xfffff',
      type: '0x1b',
      dpl: 0,
      pres: 1,
      def32: 1,
      gran: 1,
    });
    expect(trap.eflags?.value).toEqual({ flags: ['interrupt enabled', 'resume'], iopl: 0 });
    // What the debugger was entered with is not the processor's code, which was 2: a write.
    expect(trap.debuggerCode?.value).toBe(0);
    expect(trap.errorCode).toBeUndefined();
    expect(report.process?.value).toEqual({ pid: 3, name: 'vmdaemon' });
    expect(report.stoppedAt).toMatchObject({
      function: 'vm_fault1',
      offset: 0x122,
      instruction: 'incw 0x3a(%eax)',
    });
    expect(report.system).toBe('FreeBSD');
    expect(report.arch).toBe('i386');
  });

  it('gives 11 frames with their arguments and the boundary between the fifth and the sixth', () => {
    expect(report.frames.map((f) => `${f.function}(${f.args.join(',')})+${f.offset?.toString(16)}`)).toEqual([
      'vm_fault1(0xc033bd0c,0xc38a5000,0x1,0x0,0xc325adc0)+122',
      'vm_fault(0xc033bd0c,0xc38a5000,0x1,0x0,0xc325adc0)+8e',
      'trap_pfault(0xc35f0ee4,0x0,0xc38a5bfc,0x0,0xbfc00000)+1ce',
      'trap(0x18,0x10,0x10,0x0,0xbfc00000)+430',
      'calltrap()+5',
      'get_ptbase(0xc325faac,0xc325fa40,0xc325fa40,0x0,0x0)+8',
      'pmap_remove(0xc325faac,0x0,0xbfc00000)+5c',
      'vm_pageout_map_deactivate_pages(0xc325fa40,0x0)+b0',
      'vm_daemon(0x0,0xc35f0fa8)+230',
      'fork_exit(0xc0287834,0x0,0xc35f0fa8)+50',
      'fork_trampoline()+8',
    ]);
    expect(report.boundaries).toHaveLength(1);
    expect(report.boundaries[0]).toMatchObject({
      after: 4,
      what: 'trap',
      trap: 12,
      ip: '0xc02ac284',
      sp: '0xc35f0f24',
      fp: '0xc35f0f24',
    });
  });

  it('gives 15 registers', () => {
    expect(report.registers.map((r) => `${r.name}=${r.value}`).join(' ')).toBe(
      'cs=0x8 ds=0x10 es=0x10 fs=0x18 ss=0x10 eax=0x0 ecx=0xc35f0e04 edx=0x7 ebx=0x0 esp=0xc35f0db8 ebp=0xc35f0e58 ' +
        'esi=0x1 edi=0xc38a5000 eip=0xc027a13e efl=0x10286',
    );
    expect(report.registers[13]?.symbol).toBe('vm_fault1+0x122');
  });

  it('gives the recipe with its size relative to memory', () => {
    expect(report.recipe).toHaveLength(1);
    expect(report.recipe[0]?.command).toEqual(['dd', 'if=/dev/zero', 'of=/dev/null', 'bs=N']);
    expect(report.recipe[0]?.size).toMatchObject({
      variable: 'N',
      relativeToRam: true,
      deltaBytes: -12 * 2 ** 20,
    });
  });

  it('gives a signature without addresses', () => {
    expect(report.signature).toBe(
      'trap12; kernel write null+0x3a; get_ptbase; vmdaemon; vm_fault1<vm_fault<trap_pfault<trap<calltrap|' +
        'get_ptbase<pmap_remove<vm_pageout_map_deactivate_pages<vm_daemon<fork_exit<fork_trampoline',
    );
  });

  it('says how the dump went', () => {
    expect(report.dump).toMatchObject({ state: 'failed', detail: 'Dumping from this state locked up' });
  });

  it('gives the same in a mail with prose around it, quoted and wrapped', () => {
    const body = text.slice(text.indexOf('Fatal trap'), text.lastIndexOf('----'));
    const wrapped = body
      .split('\n')
      .flatMap((line) => (line.length > 72 && line.includes(' at ') ? line.split(/ (?=at )/) : [line]));
    const mail = [
      'From: a developer',
      'Subject: panic in vmdaemon after the locking changes',
      '',
      'Since yesterday my test machine dies under memory pressure. I think that the',
      'last change to the map code (see vm_map.c) is at fault, but I may be wrong:',
      '',
      ...wrapped.map((line) => `> ${line}`),
      '',
      'To see it yourself, try "dd if=/dev/zero of=/dev/null bs=N", where N is',
      'about 12MB less than the memory size, and wait. vm_fault() is not to blame.',
      'ddump() always hung when I tried to dump from there.',
    ].join('\n');
    const again = parseReport(mail);
    expect(again.signature).toBe(report.signature);
    expect(again.trap).toMatchObject(
      JSON.parse(JSON.stringify(report.trap, (key, value) => (key === 'span' ? undefined : value))),
    );
    expect(again.frames.map((f) => [f.function, f.offset, f.args])).toEqual(
      report.frames.map((f) => [f.function, f.offset, f.args]),
    );
    expect(again.registers.map((r) => [r.name, r.value])).toEqual(
      report.registers.map((r) => [r.name, r.value]),
    );
    expect(again.derived.map((d) => d.claim)).toEqual(report.derived.map((d) => d.claim));
    expect(again.recipe[0]?.size).toEqual({
      variable: 'N',
      relativeToRam: true,
      deltaBytes: -12 * 2 ** 20,
      ramFactor: 1,
      approximate: true,
    });
    expect(again.dump?.state).toBe('failed');
    expect(again.others).toEqual([]);
  });

  it('finds every fact where its span says', () => {
    const at = (span: readonly [number, number]) => text.slice(span[0], span[1]);
    expect(at(report.trap!.faultAddress!.span)).toBe('0x3a');
    expect(at(report.trap!.process!.span)).toBe('3 (vmdaemon)');
    expect(at(report.frames[7]!.span)).toBe(
      'vm_pageout_map_deactivate_pages(c325fa40,0) at vm_pageout_map_deactivate_pages+0xb0',
    );
    expect(at(report.registers[6]!.span).replace(/ +/g, ' ')).toBe('ecx 0xc35f0e04');
    expect(at(report.recipe[0]!.span)).toBe('dd if=/dev/zero of=/dev/null bs=N');
  });
});
