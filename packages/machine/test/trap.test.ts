import { describe, expect, test } from 'vitest';
import {
  EFL_FIXED,
  EFL_IF,
  EFL_RF,
  Machine,
  MachineStop,
  PF_U,
  PF_W,
  type ProgramHardware,
  PTE_P,
  PTE_U,
  PTE_W,
  R_EAX,
  R_EBP,
  R_EBX,
  R_EDX,
  R_EFLAGS,
  R_EIP,
  R_ESI,
  R_ESP,
  R_NSAVED,
  UserPrograms,
  WAIT_FAULT,
  WAIT_INTERRUPT,
  WAIT_SYSCALL,
} from '../src/index.js';
import { FRAME, Tables } from './tables.js';

const STACK_PAGE = 0xc0100000 | 0;
const STACK_TOP = (STACK_PAGE + 4096) | 0;
const FULL = PTE_P | PTE_W | PTE_U;
const [KCODE, KDATA, KPRIV, UCODE, UDATA] = [0x08, 0x10, 0x18, 0x1f, 0x2f];

/** What stands for the kernel: told by which gate it is entered, says whether it waits. */
type Handler = (m: Machine, t: Tables, gate: string) => boolean | undefined;

/** A machine with one page of kernel stack, a guard below it, and `trap` as its handler. */
function machine(trap: Handler) {
  const m = new Machine({
    ramBytes: 8 << 20,
    ncpu: 1,
    diskSectors: 0,
    seed: 1,
    pcpuAddresses: [0xc0200000 | 0],
  });
  const t = new Tables(m.ram, m.mmu);
  t.map(STACK_PAGE, 0x100000, PTE_P | PTE_W, PTE_P | PTE_W | PTE_U);
  const handler = (gate: string) => (): boolean => trap(m, t, gate) === true;
  m.vectors = {
    trap: handler('trap'),
    syscall: handler('syscall'),
    interruptKernel: () => false,
    divisible: () => false,
    interruptUser: handler('interruptUser'),
    doubleFault: (eip, esp, ebp): never => {
      throw new Error(`double fault eip ${eip.toString(16)} esp ${(esp >>> 0).toString(16)} ebp ${ebp}`);
    },
    go: () => 0,
    resumable: () => false,
    calltrap: 0,
    enter: () => undefined,
    user: {
      running: [0, 0],
      frameAddress: 0,
      forget: () => {},
      resume: () => {
        throw new Error('no processes here');
      },
      goOn: () => {
        throw new Error('no processes here');
      },
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
  Array.from({ length: n }, (_, i) => m.traps.loadWord((va + 4 * i) | 0));

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
    expect(m.traps.writeMiss(VA, SITE)).toBe(0x300000);
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
    expect([m.cpu.nested, m.step.entries]).toEqual([0, 1]);
  });

  test('again and again as long as the page is not there', () => {
    let tries = 0;
    const { m, t } = machine(() => {
      if (++tries === 3) t.map(VA, 0x300000, PTE_P | PTE_W, FULL);
      return undefined;
    });
    expect(m.traps.readMiss(VA, SITE)).toBe(0x300000);
    expect(tries).toBe(3);
  });

  test('may not have another function go on, as the host cannot', () => {
    const { m } = machine((m) => {
      m.traps.storeWords((m.reg[R_ESP]! + FRAME.eip) | 0, SITE, [0xc0104300 | 0]);
      return undefined;
    });
    expect(() => m.traps.writeMiss(VA, SITE)).toThrow(
      'page fault at c0001234 would go on at c0104300, which is not of the function that faulted',
    );
  });

  test('may not sleep where the function may not', () => {
    const { m } = machine(() => true);
    expect(() => m.traps.readMiss(VA, SITE)).toThrow('would sleep');
  });

  test('with no room for its frame is a double fault', () => {
    const { m } = machine(() => undefined);
    m.reg[R_ESP] = (STACK_PAGE + 32) | 0;
    expect(() => m.traps.readMiss(VA, SITE)).toThrow(
      `double fault eip ${SITE.toString(16)} esp c0100020 ebp 4660`,
    );
    expect(m.cpu.cr2).toBe((STACK_PAGE - 32) | 0);
  });

  test('stops the machine from inside the access when the kernel says so, with the frame still on the stack', () => {
    const { m } = machine(() => {
      throw new MachineStop('debugger');
    });
    expect(() => m.traps.writeMiss(VA, SITE)).toThrow(MachineStop);
    expect(m.reg[R_ESP]).toBe((STACK_TOP - 16 - 64) | 0);
    expect(m.traps.loadWord((m.reg[R_ESP]! + 0x34) | 0)).toBe(SITE);
  });
});

describe('a trap from user mode', () => {
  const VA = 0x08050010;
  const CARRY = 1;
  /** Where the processor begins on the kernel stack; behind it is room for registers. */
  const ESP0 = (STACK_TOP - 500) | 0;
  const AT = (ESP0 - FRAME.userBytes) | 0;
  const BEHIND = ESP0;
  /** The page of the text, and addresses in it. */
  const [TEXT, BEGIN, SITE, ON] = [0x1000, 0x1040, 0x1050, 0x1060];
  const IDENTITY = [0x1234, 0x5678];
  const USER = { ebp: 0xbfbff010 | 0, edx: 6, eax: 5, eip: BEGIN, esp: 0xbfbff000 | 0 };
  const EFLAGS = EFL_FIXED | EFL_IF;

  /** A trap frame from user mode, the registers behind it. */
  function pushed(user: typeof USER, trapno: number, error: number, behind: number[]): number[] {
    const { ebp, edx, eax, eip, esp } = user;
    const general = [0, 0, ebp, (AT + 44) | 0, 0, edx, 0, eax];
    const processor = [trapno, error, eip, UCODE, EFLAGS, esp, UDATA];
    return [UDATA, UDATA, UDATA, ...general, ...processor, behind.length, ...behind];
  }

  /** A piece of a program; gives why it leaves for the kernel, or 0 if it goes on at REG[R_EIP]. */
  type Piece = (hw: ProgramHardware) => number;

  /** A process about to return to user mode, to BEGIN of a program with these pieces by their addresses. */
  function user(pieces: Readonly<Record<number, Piece>>, trap: Handler) {
    const { m, t } = machine(trap);
    m.cpu.esp0 = ESP0;
    t.map(TEXT, 0x200000, PTE_P | PTE_U, FULL);
    m.ram.i32.set(IDENTITY, 0x200020 >>> 2);
    const programs = new UserPrograms(
      m,
      (...words) => {
        expect(words).toEqual(IDENTITY);
        const go = (hw: ProgramHardware): number => {
          let why = 0;
          while (why === 0) why = pieces[hw.REG[R_EIP]!]!(hw);
          return why;
        };
        return (hw) => ({ go: () => go(hw), arity: () => undefined });
      },
      FRAME,
    );
    m.traps.storeWords(AT, 0, pushed(USER, 0x80, 2, []));
    return { m, t, programs };
  }

  /** Leaves for the kernel with registers to be kept. */
  function leave({ REG, UREG }: ProgramHardware, why: number, registers: number[]): number {
    UREG.set(registers);
    REG[R_NSAVED] = registers.length;
    return why;
  }
  /** The last piece: the kernel is to wait. */
  const end: Piece = (hw) => leave(hw, WAIT_SYSCALL, []);

  test("puts its frame at the top of the kernel stack, with the user's esp and ss, and the other registers behind it", () => {
    let frame: number[] = [];
    const store: Piece = (hw) => {
      const page = hw.wmiss(VA, SITE);
      if (page < 0) return leave(hw, WAIT_FAULT, [71, -72, 73]);
      hw.MEM32[(page | (VA & 4095)) >>> 2] = 0xdead;
      return end(hw);
    };
    const { programs, m } = user({ [BEGIN]: store, [SITE]: store }, (m, t, gate) => {
      if (gate === 'syscall') return true;
      expect([gate, m.reg[R_ESP], m.cpu.interruptsEnabled]).toEqual(['trap', AT, false]);
      expect(m.cpu.nested, 'user faults may sleep').toBe(0);
      frame = words(m, AT, 22);
      t.map(VA, 0x300000, FULL, FULL);
      return false;
    });
    m.cpu.interruptsEnabled = true;
    programs.resume(AT);
    expect(frame).toEqual(pushed({ ...USER, eip: SITE }, 12, PF_U | PF_W, [71, -72, 73]));
    expect(m.cpu.cr2).toBe(VA);
    expect(m.ram.i32[0x300010 >>> 2]).toBe(0xdead);
  });

  test('comes of an instruction on a page that it may not read, too', () => {
    const { programs, m } = user({}, () => true);
    m.traps.storeWords((AT + FRAME.eip) | 0, 0, [VA]);
    programs.resume(AT);
    expect(words(m, AT, 19)).toEqual(pushed({ ...USER, eip: VA }, 12, PF_U, []));
    expect(m.cpu.cr2).toBe(VA);
  });

  test('takes the registers back from the frame and from behind it', () => {
    const changed = { ebp: 31, edx: 32, eax: 33, eip: ON, esp: 34 };
    let found: number[] = [];
    const call: Piece = (hw) => leave(hw, WAIT_SYSCALL, [1, 2]);
    const on: Piece = (hw) => {
      const { REG, UREG } = hw;
      found = [R_EBP, R_EDX, R_EAX, R_EIP, R_ESP, R_NSAVED].map((r) => REG[r]!);
      found.push(...UREG.slice(0, 4));
      return end(hw);
    };
    const gates: string[] = [];
    const { programs } = user({ [BEGIN]: call, [ON]: on }, (m, _t, gate) => {
      if (gates.push(gate) === 2) return true;
      expect(words(m, AT, 21)).toEqual(pushed(USER, 0x80, 2, [1, 2]));
      m.traps.storeWords(AT, 0, pushed(changed, 0x80, 2, [7, 8, 9]));
      return false;
    });
    programs.registers[3] = 99;
    programs.resume(AT);
    expect(gates).toEqual(['syscall', 'syscall']);
    expect(found).toEqual([31, 32, 33, ON, 34, 3, 7, 8, 9, 99]);
  });

  for (const carry of [0, CARRY])
    test(`brings the carry flag, by which the kernel tells an error number (${carry})`, () => {
      const found: number[] = [];
      const twice: Piece = (hw) => {
        found.push(hw.REG[R_EFLAGS]! & CARRY);
        return end(hw);
      };
      const { programs } = user({ [BEGIN]: twice }, (m) => {
        m.traps.storeWords((AT + FRAME.eflags) | 0, 0, [EFLAGS | carry]);
        return found.length === 2;
      });
      programs.resume(AT);
      expect(found).toEqual([0, carry]);
    });

  for (const waits of [false, true])
    test(`by an interrupt lets the program go on with its registers ${waits ? 'when others have run' : 'at once'}`, () => {
      const gates: string[] = [];
      /* Counts to 3, in a register that is not in the frame. */
      const count: Piece = (hw) => {
        const n = (hw.REG[R_NSAVED] === 0 ? 0 : hw.UREG[0]!) + 1;
        hw.REG[R_EIP] = SITE;
        return leave(hw, n < 3 ? WAIT_INTERRUPT : WAIT_SYSCALL, [n]);
      };
      const { programs, m } = user({ [BEGIN]: count, [SITE]: count }, (m, _t, gate) => {
        gates.push(gate);
        for (const r of [R_EIP, R_EAX, R_EBP, R_NSAVED]) m.reg[r] = 50;
        programs.registers.fill(50);
        return waits || gates.length === 3;
      });
      for (let n = 0; n < (waits ? 3 : 1); n++) programs.resume(AT);
      expect(gates).toEqual(['interruptUser', 'interruptUser', 'syscall']);
      expect(words(m, AT, 18)).toEqual(pushed({ ...USER, eip: SITE }, 0x80, 2, []).slice(0, 18));
      expect(words(m, BEHIND, 2)).toEqual([1, 3]);
    });
});
