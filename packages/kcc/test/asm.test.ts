import { execFileSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import * as asm from '../src/asm.js';

const at = (disp: number): asm.Operand => ({ symbol: null, absolute: false, disp });
const abs = (disp: number): asm.Operand => ({ symbol: null, absolute: true, disp });

/** Every form that kcc emits. */
function allForms(): asm.Insn[] {
  const list: asm.Insn[] = [];
  for (const m of [at(0), at(0x3a), at(-8), at(0x1234), abs(0xc033bd0c | 0)]) {
    for (const size of [1, 2, 4]) {
      list.push(asm.load(size, false, m), asm.load(size, true, m));
      for (const imm of [null, 0, 1, -1, 0x1234]) list.push(asm.store(size, imm, m));
      for (const op of ['+', '-', '|', '&', '^']) {
        for (const imm of [null, 1, 2, -1, 0x1234]) list.push(asm.modify(op, size, imm, m));
      }
    }
  }
  for (const n of [0, 1, -1, 127, 128, 0x12345678]) list.push(asm.pushImm(n));
  list.push(
    asm.pushEax(),
    asm.callEax(),
    asm.loadReturnAddress(),
    asm.divide(true),
    asm.divide(false),
    asm.repMovs(),
    ...asm.epilogue(),
  );
  for (const n of [1, 2, 31, 32, 100]) list.push(asm.cleanup(n) as asm.Insn);
  for (const n of [0, 4, 124, 128, 0x400]) list.push(...asm.prologue(n));
  list.push(...asm.PRIMITIVE_INSNS.values());
  return list;
}

function disassemble(bytes: number[]): string[] | null {
  const file = join(mkdtempSync(join(tmpdir(), 'kcc-asm-')), 'code');
  writeFileSync(file, Uint8Array.from(bytes));
  try {
    const args = ['-D', '-b', 'binary', '-m', 'i386', '-M', 'suffix', '-z', file];
    const out = execFileSync('objdump', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
    return out
      .split('\n')
      .map((l) => l.split('\t'))
      .filter((f) => f.length === 3)
      .map((f) => (f[2] as string).trim().replace(/\s+/g, ' '));
  } catch {
    return null;
  }
}

/** What objdump writes for what we write: it says movzbl, retl and so on in its own way. */
const likeObjdump = (text: string): string =>
  text
    .replace(/^ret$/, 'retl')
    .replace(/^leave$/, 'leavel')
    .replace(/^repz movsl \(%esi\)/, 'rep movsl %ds:(%esi)')
    .replace(/^(mov|add|or|and|sub|xor)b \$0x0*([0-9a-f]+)/, '$1b $0x$2');

describe('the assembler', () => {
  const forms = allForms();
  const listing = disassemble(forms.flatMap((f) => f.bytes));

  test.runIf(listing !== null)('agrees with objdump on every form', () => {
    const want = forms.map((f) => likeObjdump(f.text));
    expect((listing ?? []).map((t) => t.replace(/^calll/, 'call'))).toEqual(want);
  });

  test('golden bytes', () => {
    const bytes = (i: asm.Insn): string => i.bytes.map((b) => b.toString(16).padStart(2, '0')).join(' ');
    expect(bytes(asm.modify('+', 2, 1, at(0x3a)))).toBe('66 ff 40 3a');
    expect(bytes(asm.load(4, false, at(0)))).toBe('8b 00');
    expect(bytes(asm.store(1, 255, at(4)))).toBe('c6 40 04 ff');
    expect(bytes(asm.cleanup(2) as asm.Insn)).toBe('83 c4 08');
    expect(bytes(asm.cleanup(1) as asm.Insn)).toBe('59');
    expect(asm.prologue(8).map(bytes)).toEqual(['55', '89 e5', '83 ec 08']);
    expect(asm.epilogue().map(bytes)).toEqual(['c9', 'c3']);
  });

  test('symbols are relocated', () => {
    const m: asm.Operand = { symbol: 'vm_mtx', absolute: true, disp: 8 };
    expect(asm.load(4, false, m)).toMatchObject({
      text: 'movl vm_mtx+0x8,%eax',
      reloc: { at: 2, symbol: 'vm_mtx', addend: 8, relative: false },
    });
    expect(asm.storeSymbol('f', 0, at(4))).toMatchObject({
      text: 'movl $f,0x4(%eax)',
      reloc: { at: 3, symbol: 'f' },
    });
  });
});
