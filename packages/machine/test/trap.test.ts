import { describe, expect, test } from 'vitest';
import {
  EFL_FIXED,
  EFL_IF,
  EFL_RF,
  Machine,
  MachineStop,
  PF_U,
  PF_W,
  PTE_P,
  PTE_U,
  PTE_W,
  R_EAX,
  R_EBP,
  R_EBX,
  R_ESI,
  R_ESP,
  TextLabels,
  UserCpu,
  type UserCode,
} from '../src/index.js';
import { FRAME, Tables } from './tables.js';

const STACK_PAGE = 0xc0100000 | 0;
const STACK_TOP = (STACK_PAGE + 4096) | 0;
const FULL = PTE_P | PTE_W | PTE_U;
const [KCODE, KDATA, KPRIV, UCODE, UDATA] = [0x08, 0x10, 0x18, 0x1f, 0x2f];

/** A machine with one page of kernel stack, a guard below it, and `trap` as its handler. */
function machine(trap: (m: Machine, t: Tables) => boolean | void, entered: string[] = []) {
  const m = new Machine({
    ramBytes: 8 << 20,
    ncpu: 1,
    diskSectors: 0,
    seed: 1,
    pcpuAddresses: [0xc0200000 | 0],
  });
  const t = new Tables(m.ram, m.mmu);
  t.map(STACK_PAGE, 0x100000, PTE_P | PTE_W, PTE_P | PTE_W | PTE_U);
  const handler = (name: string) => (): boolean => {
    entered.push(name);
    return trap(m, t) === true;
  };
  m.vectors = {
    trap: handler('trap'),
    syscall: handler('syscall'),
    interruptUser: handler('interruptUser'),
    doubleFault: (eip, esp, ebp): never => {
      throw new Error(`double fault eip ${eip.toString(16)} esp ${(esp >>> 0).toString(16)} ebp ${ebp}`);
    },
    go: () => 0,
    calltrap: 0,
    enter: () => undefined,
    startUser: () => {
      throw new Error('no processes here');
    },
    displacement: () => 0x3a,
    panic: (message): never => {
      throw new Error(message);
    },
    frame: FRAME,
  };
  m.reg[R_ESP] = (STACK_TOP - 16) | 0;
  m.reg[R_EBP] = 0x1234;
  return { m, t };
}

const words = (m: Machine, va: number, n: number): number[] =>
  Array.from({ length: n }, (_, i) => m.loadWord((va + 4 * i) | 0));

describe('a page fault in the kernel', () => {
  const SITE = 0xc0001234 | 0;
  const VA = 0x0000303a;

  test("leaves the processor's and alltraps' words on the stack, and the access goes on where the handler has mapped a page", () => {
    let frame: number[] = [];
    const { m, t } = machine((m) => {
      frame = words(m, m.reg[R_ESP]!, 16);
      expect(m.cpu.interruptsEnabled).toBe(false);
      expect(m.cpu.nested).toBe(1);
      m.reg[R_EBX] = 99;
      m.reg[R_EAX] = 98;
      t.map(VA, 0x300000, PTE_P | PTE_W, FULL);
      return undefined;
    });
    m.cpu.interruptsEnabled = true;
    m.reg[R_EBX] = 7;
    m.reg[R_ESI] = 6;
    expect(m.writeMiss(VA, SITE)).toBe(0x300000);
    const esp = (STACK_TOP - 16) | 0;
    expect(frame).toEqual([
      KPRIV,
      KDATA,
      KDATA,
      0,
      6,
      0x1234,
      (esp - 64 + 44) | 0,
      7,
      0,
      0,
      0x3000,
      12,
      PF_W,
      SITE,
      KCODE,
      EFL_FIXED | EFL_IF | EFL_RF,
    ]);
    expect(m.cpu.cr2).toBe(VA);
    expect([m.reg[R_ESP], m.reg[R_EBP], m.reg[R_EBX], m.reg[R_ESI]]).toEqual([esp, 0x1234, 7, 6]);
    expect(m.reg[R_EAX], 'base of the access: fault address less displacement').toBe(0x3000);
    expect([m.cpu.nested, m.nestedFaults]).toEqual([0, 1]);
  });

  test('again and again as long as the page is not there', () => {
    let tries = 0;
    const { m, t } = machine(() => {
      if (++tries === 3) t.map(VA, 0x300000, PTE_P | PTE_W, FULL);
      return undefined;
    });
    expect(m.readMiss(VA, SITE)).toBe(0x300000);
    expect(tries).toBe(3);
  });

  test('may not sleep where the function may not', () => {
    const { m } = machine(() => true);
    expect(() => m.readMiss(VA, SITE)).toThrow('would sleep');
  });

  test('with no room for its frame is a double fault', () => {
    const { m } = machine(() => undefined);
    m.reg[R_ESP] = (STACK_PAGE + 32) | 0;
    expect(() => m.readMiss(VA, SITE)).toThrow(`double fault eip ${SITE.toString(16)} esp c0100020 ebp 4660`);
    expect(m.cpu.cr2).toBe((STACK_PAGE - 32) | 0);
  });

  test('stops the machine from inside the access when the kernel says so, with the frame still on the stack', () => {
    const { m } = machine(() => {
      throw new MachineStop('debugger');
    });
    expect(() => m.writeMiss(VA, SITE)).toThrow(MachineStop);
    expect(m.reg[R_ESP]).toBe((STACK_TOP - 16 - 64) | 0);
    expect(m.loadWord((m.reg[R_ESP]! + 0x34) | 0)).toBe(SITE);
  });
});

describe('a trap from user mode', () => {
  const VA = 0x08050010;

  function user(trap: (m: Machine, t: Tables) => boolean | void, entered: string[] = []) {
    const both = machine(trap, entered);
    both.m.cpu.esp0 = STACK_TOP;
    const cpu = new UserCpu(both.m, new TextLabels(), function* (): UserCode {});
    cpu.eip = 0x08048040;
    cpu.esp = 0xbfbff000 | 0;
    cpu.ebp = 0xbfbff010 | 0;
    cpu.eax = 5;
    cpu.edx = 6;
    return { ...both, cpu };
  }

  test("puts its frame at the top of the kernel stack, with the user's esp and ss", () => {
    let frame: number[] = [];
    const { cpu, m } = user((m, t) => {
      frame = words(m, m.reg[R_ESP]!, 18);
      t.map(VA, 0x300000, FULL, FULL);
      return undefined;
    });
    expect([...cpu.store32(VA, 0xdead)]).toEqual([]);
    const at = (STACK_TOP - 72) | 0;
    expect(frame).toEqual([
      UDATA,
      UDATA,
      UDATA,
      0,
      0,
      0xbfbff010 | 0,
      (at + 44) | 0,
      0,
      6,
      0,
      5,
      12,
      PF_U | PF_W,
      0x08048040,
      UCODE,
      EFL_FIXED | EFL_IF,
      0xbfbff000 | 0,
      UDATA,
    ]);
    expect(m.cpu.cr2).toBe(VA);
    expect(m.ram.i32[0x300010 >>> 2]).toBe(0xdead);
    expect(m.cpu.nested, 'user faults may sleep').toBe(0);
  });

  test('takes the registers back from the frame', () => {
    const entered: string[] = [];
    const { cpu, t } = user((m) => {
      const frame = m.reg[R_ESP]!;
      expect(words(m, frame + 0x2c, 2)).toEqual([0x80, 2]);
      m.storeWords((frame + 0x28) | 0, 0, [42]);
      return undefined;
    }, entered);
    t.map(0xbfbfe000, 0x300000, FULL, FULL);
    const call = cpu.syscall(20, 1, 2);
    expect(call.next()).toEqual({ done: true, value: 42 });
    expect(entered).toEqual(['syscall']);
    expect(cpu.esp, 'arguments popped').toBe(0xbfbff000 | 0);
    expect(words({ loadWord: (a: number) => t.word(0x300000 + (a & 4095)) } as Machine, 0xff4, 3)).toEqual([
      0, 1, 2,
    ]);
  });

  test('with the carry flag set is an error number', () => {
    const { cpu, t } = user((m) => {
      const frame = m.reg[R_ESP]!;
      m.storeWords((frame + 0x28) | 0, 0, [35]);
      m.storeWords((frame + 0x3c) | 0, 0, [EFL_FIXED | EFL_IF | 1]);
      return undefined;
    });
    t.map(0xbfbfe000, 0x300000, FULL, FULL);
    expect(cpu.syscall(20).next()).toEqual({ done: true, value: -35 });
  });
});
