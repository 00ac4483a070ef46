import { describe, expect, test } from 'vitest';
import { PF_P, PF_U, PF_W, PTE_A, PTE_D, PTE_P, PTE_PS, PTE_U, PTE_W } from '../src/index.js';
import { DIRECTORY, MB, Tables } from './tables.js';

const VA = 0x08048000;
const PA = 0x00200000;
const FULL = PTE_P | PTE_W | PTE_U;

/** Directory bits, table bits, and what each access gives: 'ok' or the error code. */
const CASES = [
  { pde: 0, pte: 0, sr: 0, sw: PF_W, ur: PF_U, uw: PF_U | PF_W },
  { pde: FULL, pte: 0, sr: 0, sw: PF_W, ur: PF_U, uw: PF_U | PF_W },
  { pde: 0, pte: FULL, sr: 0, sw: PF_W, ur: PF_U, uw: PF_U | PF_W },
  { pde: FULL, pte: FULL, sr: 'ok', sw: 'ok', ur: 'ok', uw: 'ok' },
  // CR0.WP: the supervisor obeys the write bit, too.
  { pde: FULL, pte: PTE_P | PTE_U, sr: 'ok', sw: PF_P | PF_W, ur: 'ok', uw: PF_P | PF_W | PF_U },
  { pde: PTE_P | PTE_U, pte: FULL, sr: 'ok', sw: PF_P | PF_W, ur: 'ok', uw: PF_P | PF_W | PF_U },
  { pde: FULL, pte: PTE_P | PTE_W, sr: 'ok', sw: 'ok', ur: PF_P | PF_U, uw: PF_P | PF_W | PF_U },
  { pde: PTE_P | PTE_W, pte: FULL, sr: 'ok', sw: 'ok', ur: PF_P | PF_U, uw: PF_P | PF_W | PF_U },
  { pde: PTE_P, pte: PTE_P, sr: 'ok', sw: PF_P | PF_W, ur: PF_P | PF_U, uw: PF_P | PF_W | PF_U },
] as const;

const ACCESSES = { sr: [false, false], sw: [true, false], ur: [false, true], uw: [true, true] } as const;

describe('does the walker obey the bits of directory and table?', () => {
  for (const c of CASES) {
    for (const [name, [write, user]] of Object.entries(ACCESSES)) {
      const expected = c[name as keyof typeof ACCESSES];
      test(`pde ${c.pde} pte ${c.pte} ${name}: ${expected}`, () => {
        const t = new Tables();
        t.map(VA, PA, c.pte, FULL);
        t.ram.i32[t.pteAt(VA) >>> 2] = PA | c.pte;
        const pte = t.pteAt(VA);
        const pde = t.pdeAt(VA);
        t.ram.i32[pde >>> 2] = (t.word(pde) & 0xfffff000) | c.pde;
        const before = [t.word(pde), t.word(pte)];
        const pa = t.mmu.walk(VA + 0x123, write, user);
        if (expected === 'ok') {
          expect(pa).toBe(PA);
          expect(t.word(pde)).toBe(before[0]! | PTE_A);
          expect(t.word(pte)).toBe(before[1]! | PTE_A | (write ? PTE_D : 0));
        } else {
          expect(pa).toBe(-1);
          expect(t.mmu.error).toBe(expected);
          expect([t.word(pde), t.word(pte)], 'a walk that fails marks nothing').toEqual(before);
        }
      });
    }
  }
});

describe('4 MB pages', () => {
  test('translate every 4 KB of them, and get their bits in the directory', () => {
    const t = new Tables();
    t.mapLarge(0xc0000000, 4 * MB, FULL | PTE_PS);
    expect(t.mmu.walk(0xc0000000 | 0, false, false)).toBe(4 * MB);
    expect(t.word(t.pdeAt(0xc0000000)) & (PTE_A | PTE_D)).toBe(PTE_A);
    expect(t.mmu.walk(0xc03ff123 | 0, true, false)).toBe(4 * MB + 0x3ff000);
    expect(t.word(t.pdeAt(0xc0000000)) & (PTE_A | PTE_D)).toBe(PTE_A | PTE_D);
    expect(t.mmu.inspect(0xc03ff123)).toMatchObject({ pa: 4 * MB + 0x3ff123, large: true });
  });

  test('have rights of their own', () => {
    const t = new Tables();
    t.mapLarge(0x400000, 0, PTE_P | PTE_PS);
    expect(t.mmu.walk(0x400000, true, false)).toBe(-1);
    expect(t.mmu.error).toBe(PF_P | PF_W);
    expect(t.mmu.walk(0x400000, false, true)).toBe(-1);
    expect(t.mmu.error).toBe(PF_P | PF_U);
  });
});

describe('what lies behind the end of memory', () => {
  test('is no page', () => {
    const t = new Tables();
    t.map(VA, 8 * MB, FULL, FULL);
    expect(t.mmu.walk(VA, false, false)).toBe(-1);
    expect(t.mmu.inspect(VA).pa).toBe(-1);
  });

  test('reads as ones where a table should be: a walk through it ends at no page either', () => {
    const t = new Tables();
    t.ram.i32[t.pdeAt(VA) >>> 2] = (64 * MB) | FULL;
    expect(t.mmu.walk(VA, true, true)).toBe(-1);
    expect(t.mmu.inspect(VA)).toMatchObject({ pa: -1, ptePa: -1 });
  });

  test('is no directory', () => {
    const t = new Tables();
    t.mmu.load(64 * MB);
    expect(t.mmu.walk(VA, false, false)).toBe(-1);
    expect(t.mmu.error).toBe(0);
  });
});

describe('does an inspector leave no trace?', () => {
  test('inspect reads, whatever the privilege, and marks nothing', () => {
    const t = new Tables();
    t.map(VA, PA, PTE_P, PTE_P);
    const before = [...t.ram.i32.subarray(0, 0x20000)];
    const { walks, error } = t.mmu;
    expect(t.mmu.inspect(VA + 0x2c)).toEqual({
      pa: PA + 0x2c,
      pde: t.word(t.pdeAt(VA)),
      pte: PA | PTE_P,
      pdePa: t.pdeAt(VA),
      ptePa: t.pteAt(VA),
      large: false,
    });
    t.mmu.inspect(VA + 4096);
    t.mmu.inspect(0xfffff000);
    expect([...t.ram.i32.subarray(0, 0x20000)]).toEqual(before);
    expect([t.mmu.walks, t.mmu.error, t.mmu.kr[VA >>> 12]]).toEqual([walks, error, -1]);
  });

  test('inspect follows another directory than the one that is loaded', () => {
    const t = new Tables();
    t.map(VA, PA, PTE_P, PTE_P);
    t.mmu.load(0x3000);
    expect(t.mmu.inspect(VA).pa).toBe(-1);
    expect(t.mmu.inspect(VA, DIRECTORY).pa).toBe(PA);
  });
});
