import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Machine, primitives } from '@trap12/machine';
import { describe, expect, it } from 'vitest';

const HEADER = fileURLToPath(new URL('../src/i386/cpufunc.h.ts', import.meta.url));
/** What compiled code itself needs of the machine: no primitive that a kernel could call. */
const OF_KCC = new Set(
  'MEM8 MEM16 MEM32 TLBR TLBW REG rmiss wmiss leave overwritten reloaded STEP step returned kpush divzero badcall undefined_symbol'.split(
    ' ',
  ),
);

/** What the kernel is told that there is: names with the number of their arguments. */
const declared = new Map(
  [...readFileSync(HEADER, 'utf8').matchAll(/^export declare function (\w+)\(([^)]*)\)/gm)].map((m) => [
    m[1]!,
    m[2] === '' ? 0 : m[2]!.split(',').length,
  ]),
);
const machine = new Machine({ ramBytes: 4 << 20, ncpu: 2, diskSectors: 8, seed: 1, pcpuAddresses: [0, 64] });
const made = primitives(machine) as unknown as Record<string, (...args: number[]) => unknown>;

describe('cpufunc.h and the primitives of the machine', () => {
  it('are the same functions', () => {
    const there = Object.keys(made).filter((name) => !OF_KCC.has(name));
    expect(there.sort()).toEqual([...declared.keys()].sort());
  });

  for (const [name, count] of declared)
    it(`${name} asks for no more than the kernel gives`, () => {
      // Behind the arguments come the call's text address and, for what may sleep, the place to come back to.
      expect(made[name]!.length).toBeLessThanOrEqual(count + 1);
    });
});

describe('what they answer', () => {
  it('interrupts: off, and again as they were', () => {
    const was = made.intr_disable!() as number;
    expect((made.read_eflags!() as number) & 0x200).toBe(0);
    made.intr_restore!(was | 0x200);
    expect((made.read_eflags!() as number) & 0x200).toBe(0x200);
    made.intr_restore!(was);
    expect((made.read_eflags!() as number) & 0x200).toBe(was & 0x200);
  });
  it('time goes on with what is charged', () => {
    const before = made.rdtsc!() as number;
    made.cpu_delay!(12_345);
    expect((made.rdtsc!() as number) - before).toBe(12_345);
  });
  it('memory, processors, disk', () => {
    expect([made.bios_memsize!(), made.bios_ncpu!(), made.nic_present!()]).toEqual([4 << 20, 2, 0]);
    expect([made.ata_capacity!(0), made.ata_capacity!(1)]).toEqual([8, 0]);
  });
  it('the ends of a run', () => {
    expect(() => made.machine_halt!(0)).toThrow(expect.objectContaining({ why: 'halt' }));
    expect(() => made.machine_halt!(1)).toThrow(expect.objectContaining({ why: 'reboot' }));
    expect(() => made.machine_stop!(0)).toThrow(expect.objectContaining({ why: 'panic' }));
    expect(() => made.machine_stop!(1)).toThrow(expect.objectContaining({ why: 'debugger' }));
  });
  it('cr3 is what was loaded, and a load drops what the TLB has', () => {
    machine.mmu.fill(0x5000, 0x3000, true, false);
    made.load_cr3!(0x2000);
    expect([made.rcr3!(), machine.mmu.kw[5]]).toEqual([0x2000, -1]);
    machine.mmu.fill(0x5000, 0x3000, true, false);
    machine.mmu.fill(0x6000, 0x3000, true, false);
    made.invlpg!(0x5000);
    expect([machine.mmu.kw[5], machine.mmu.kw[6]]).toEqual([-1, 0x3000]);
    made.invltlb!();
    expect(machine.mmu.kw[6]).toBe(-1);
  });
});
