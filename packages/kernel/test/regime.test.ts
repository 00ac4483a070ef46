import { readFileSync } from 'node:fs';
import { loadImage } from '@trap12/system/node.js';
import { SymbolTable } from '@trap12/target';
import { describe, expect, test } from 'vitest';
import { DEFAULT_REGIME, parseRegime, regimeSwitches, regimes } from '../host/regime.js';

const symbols = new SymbolTable(loadImage());
const fidelity = readFileSync(new URL('../../../docs/fidelity.md', import.meta.url), 'utf8');

/** Cells of the rows of the first table behind a line, without the header's rule. */
function tableBehind(line: string): string[][] {
  const at = fidelity.indexOf(line);
  expect(at, line).toBeGreaterThan(0);
  const rows = fidelity.slice(at).split('\n');
  const first = rows.findIndex((row) => row.startsWith('|'));
  const end = rows.findIndex((row, i) => i > first && !row.startsWith('|'));
  return rows.slice(first, end).map((row) =>
    row
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.replaceAll('`', '').trim()),
  );
}

describe("is docs/fidelity.md's table what the kernel's source says?", () => {
  test('the switches and the kind of their evidence', () => {
    const [, , ...rows] = tableBehind('## Switches of the locking regime');
    const told = Object.fromEntries(rows.map(([name, kind]) => [name, kind]));
    const known = Object.entries(regimeSwitches(symbols)).map(([name, { evidence }]) => [name, evidence]);
    expect(told, 'rows of docs/fidelity.md, *Switches of the locking regime*').toEqual(
      Object.fromEntries(known),
    );
  });

  test('the named regimes and their settings', () => {
    const [header, , ...rows] = tableBehind('Regimes (`trap12 configs`):');
    const named = Object.entries(regimes(symbols));
    expect(header!.length).toBe(named.length + 1);
    named.forEach(([name, { switches }], i) => {
      const title = header![i + 1]!;
      expect(name.endsWith(title.replace(' (default)', '').replace('...', ''))).toBe(true);
      expect(title.includes('(default)')).toBe(name === DEFAULT_REGIME);
      expect(
        Object.fromEntries(rows.map((row) => [row[0], Number(row[i + 1])])),
        `docs/fidelity.md, the table of regimes (trap12 configs), column ${title}`,
      ).toEqual(switches);
    });
  });
});

test('are switches set by the text, and mistakes refused with what is accepted?', () => {
  const { giant } = regimes(symbols);
  expect(parseRegime('giant', symbols)).toEqual(giant!.switches);
  expect(parseRegime(' giant, vm_mtx=1 ', symbols)).toEqual(parseRegime('giant,vm_mtx=1', symbols));
  expect(parseRegime('giant,vm_mtx=1,vm_daemon_allproc=0', symbols)).toEqual({
    ...giant!.switches,
    vm_mtx: 1,
    vm_daemon_allproc: 0,
  });
  expect(() => parseRegime('toString', symbols)).toThrow(
    /no locking regime "toString"; accepted: giant, vm_mtx/,
  );
  expect(() => parseRegime('giant,vm_mtx=2', symbols)).toThrow(/accepted: vm_mtx, .*each =0 or =1/);
});
