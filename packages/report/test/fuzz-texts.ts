import fc from 'fast-check';
import { applyDamages, damageSets } from './corpus/damages.js';
import { CORPUS } from './corpus/forms.js';
import { known } from './corpus/known.js';

/* Texts of panics with damages by chance: the reader's test and tools/fuzz draw from the same. */

/** A small generator: fast-check's own costs more than the parser. */
export function generator(seed: number): (n: number) => number {
  let s = seed >>> 0;
  return (n) => {
    s = (Math.imul(s, 1664525) + 1013904223) >>> 0;
    return Math.floor((s / 2 ** 32) * n);
  };
}

/** The example, one text a form, and the same with damages. */
export function seeds(example: string, seed: number): string[] {
  const out = [example];
  for (const form of CORPUS) {
    const [a, b] = fc.sample(known(form.arch), { numRuns: 2, seed: seed });
    out.push(form.render(a!).join('\n'));
    const [names] = fc.sample(damageSets, { numRuns: 1, seed: seed + out.length });
    out.push(applyDamages(form.render(b!), names!, 3));
  }
  // Two CPUs at once: the lines of neighbours in the list alternate.
  const single = out.slice(1);
  for (let i = 0; i + 1 < single.length; i += 5) {
    const [a, b] = [single[i]!.split('\n'), single[i + 1]!.split('\n')];
    out.push(a.flatMap((line, n) => (n < b.length ? [line, b[n]!] : [line])).join('\n'));
  }
  // Line ends that a web page lost.
  for (let i = 0; i < single.length; i += 3)
    out.push(
      single[i]!.split('\n')
        .map((line) => line.trim())
        .join(' '),
    );
  return out;
}

const INSERTS = [
  '\n',
  '\r',
  '\t',
  ' ',
  '(',
  ')',
  ',',
  '0x',
  '+0x',
  ' at ',
  '@',
  '#0 ',
  '--- ',
  '> ',
  '<pre>',
  '&lt;',
  '\u001b[',
  '\0',
  'panic: ',
  'Fatal trap 12: ',
  '= ',
  '...',
  '\ud800',
  'ustar',
  '.txt',
  '99999999999999999999',
  'deadc0de',
  '`',
  '"',
  'run ',
  'where N is ',
];

/** A text with up to four damages; some put in what is of another. */
export function mutate(text: string, other: string, next: (n: number) => number): string {
  let out = text;
  for (let k = next(4) + 1; k > 0; k--) {
    const i = next(out.length + 1);
    const j = Math.min(out.length, i + next(60));
    switch (next(8)) {
      case 0:
        out = out.slice(0, i) + out.slice(j);
        break;
      case 1:
        out = out.slice(0, i) + INSERTS[next(INSERTS.length)] + out.slice(i);
        break;
      case 2:
        out = out.slice(0, j) + out.slice(i, j) + out.slice(j);
        break;
      case 3:
        out = out.slice(0, i);
        break;
      case 4:
        out = out.slice(i);
        break;
      case 5:
        out = out.slice(0, i) + String.fromCharCode(next(256)) + out.slice(i + 1);
        break;
      case 6:
        out = out.slice(0, i) + other.slice(next(other.length + 1)).slice(0, 200) + out.slice(i);
        break;
      default: {
        const lines = out.split('\n');
        const a = next(lines.length);
        const b = next(lines.length);
        [lines[a], lines[b]] = [lines[b]!, lines[a]!];
        out = lines.join('\n');
      }
    }
  }
  return out;
}
