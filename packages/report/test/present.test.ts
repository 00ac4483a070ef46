import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { explain, parseReport, printable, renderReport, type Report, wrap } from '../src/index.js';
import { LineIndex, linesText } from '../src/present/places.js';
import { CORPUS } from './corpus/forms.js';
import { known } from './corpus/known.js';
import { TEXTS } from './texts/index.js';

fc.configureGlobal({ seed: Number(process.env.TRAP12_SEED ?? 20010523) });

const EXAMPLE = readFileSync(new URL('../../../examples/vmdaemon-2001.txt', import.meta.url), 'utf8');
const CLAIMS = new URL('./claims/', import.meta.url);
const ALL: Record<string, string> = { ...TEXTS, example: EXAMPLE };
for (const name of readdirSync(CLAIMS))
  if (name.endsWith('.txt')) ALL[name] = readFileSync(new URL(name, CLAIMS), 'utf8');

/** What a test asks of any output: it fits, says nothing undefined, and no terminal obeys it. */
function expectSound(text: string): void {
  for (const line of text.split('\n')) {
    expect(line.length, line).toBeLessThanOrEqual(80);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
    expect(line).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e]|undefined|\[object/);
  }
}

function collapsed(text: string): string {
  return text.replace(/\s+/g, ' ');
}

describe('does the output fit, whatever the text?', () => {
  for (const [name, text] of Object.entries(ALL)) {
    it(name, () => expectSound(renderReport(parseReport(text), { text })));
  }

  it('of every form', () => {
    for (const form of CORPUS) {
      fc.assert(
        fc.property(known(form.arch), (k) => {
          const text = `${form.render(k).join('\n')}\n`;
          expectSound(renderReport(parseReport(text), { text }));
        }),
        { numRuns: 8 },
      );
    }
  });

  it('with names that are longer than a line, and characters that terminals obey', () => {
    const name = `zorp${'_very'.repeat(40)}`;
    const text = `panic: \u001b[31m\u009b1mbad \u202ezorp\u0007\n${name}() at ${name}+0x1\n`;
    expectSound(renderReport(parseReport(text), { text }));
  });
});

it('of an endless trace the ends are shown, and how much lies between', () => {
  const frames = Array.from({ length: 5000 }, (_, i) => `zorp_${i}() at zorp_${i}+0x1`).join('\n');
  const text = `panic: zorp\n${frames}\n`;
  const out = renderReport(parseReport(text), { text });
  expect(out.split('\n').length).toBeLessThan(500);
  expect(out).toMatch(/\n {4}zorp_99\(\)\+0x1\n {4}\[4850 more\]\n {4}zorp_4950\(\)\+0x1\n/);
});

describe('in which order does a reader get it?', () => {
  it('title, in short, what happened, what is known, what is unclear, then the fields', () => {
    const out = renderReport(parseReport(EXAMPLE), { text: EXAMPLE });
    const heads = ['In short', 'What happened', 'What is known', 'What is unclear', 'Facts', 'Backtrace'];
    const places = heads.map((head) => out.indexOf(`\n${head}`));
    expect(places.every((at) => at > 0)).toBe(true);
    expect(places).toEqual([...places].sort((a, b) => a - b));
  });

  it('of which --brief is the beginning', () => {
    for (const text of Object.values(ALL)) {
      const report = parseReport(text);
      const brief = renderReport(report, { text, brief: true });
      expect(renderReport(report, { text }).startsWith(brief)).toBe(true);
      expect(brief).not.toContain('What happened');
      expect(collapsed(brief)).toContain(explain(report).inShort);
    }
  });

  it('the paragraph names the fault, who ran, and where to look', () => {
    const { inShort } = explain(parseReport(EXAMPLE));
    for (const words of [
      'page fault in kernel mode',
      'address 0x3a',
      'vmdaemon (pid 3)',
      'get_ptbase',
      'dd if=',
    ])
      expect(inShort).toContain(words);
  });
});

describe('is it shown how sure a statement is?', () => {
  it('where it is not certain, and only there', () => {
    let uncertain = 0;
    for (const text of Object.values(ALL)) {
      const report = parseReport(text);
      const out = collapsed(renderReport(report));
      for (const { claim, confidence } of report.derived) {
        const at = out.indexOf(collapsed(printable(claim)), out.indexOf('What is known'));
        expect(at, claim).toBeGreaterThan(0);
        const after = out.slice(at + collapsed(printable(claim)).length);
        if (confidence === 'certain') expect(after).not.toMatch(/^ \((follows|likely)\)/);
        else expect(after.startsWith(` (${confidence})`), claim).toBe(true);
        if (confidence !== 'certain') uncertain++;
      }
    }
    expect(uncertain).toBeGreaterThan(20);
  });
});

describe('does every item stand where it says?', () => {
  const lineEnds = fc.constantFrom('\n', '\r\n', '\r', 'x', 'yz'.repeat(3000));

  it('line numbers, by counting anew', () => {
    fc.assert(
      fc.property(fc.array(lineEnds, { maxLength: 30 }), fc.nat(), (parts, n) => {
        const text = parts.join('');
        const position = text.length === 0 ? 0 : n % text.length;
        const index = new LineIndex(text);
        // A return beside a line feed is of its end, of the next one's if it stands between two.
        const end = /\r?\n(?:\r(?!\n))?|\r/g;
        const lines = text.split(end);
        expect(index.count).toBe(lines.length);
        // A position within an end is the line's that it ends.
        const ended = [...text.matchAll(end)].filter((each) => each.index + each[0].length <= position);
        const line = ended.length + 1;
        expect(index.lineOf(position)).toBe(line);
        expect(index.start(line)).toBeLessThanOrEqual(position);
        expect(text.slice(index.start(line)).split(end)[0]).toBe(lines[line - 1]);
      }),
      { numRuns: 200 },
    );
  });

  it('runs of lines are drawn together', () => {
    expect(linesText([])).toBe('');
    expect(linesText([7])).toBe('line 7');
    expect(linesText([7, 9, 10, 11, 20])).toBe('lines 7, 9-11, 20');
  });

  it('and the places that are printed are those of the spans', () => {
    const out = collapsed(renderReport(parseReport(EXAMPLE), { text: EXAMPLE }));
    const lines = EXAMPLE.split('\n');
    const line = lines.findIndex((each) => each.startsWith('fault virtual address')) + 1;
    expect(out).toContain(`fault address 0x3a [line ${line}]`);
  });
});

describe('what changes when pieces are set apart?', () => {
  it('nothing but the marks', () => {
    for (const text of Object.values(ALL)) {
      const report = parseReport(text);
      const styled = renderReport(report, {
        text,
        style: (what, piece) => `\u0001${what}\u0002${piece}\u0003`,
      });
      // biome-ignore lint/suspicious/noControlCharactersInRegex: they are the marks
      expect(styled.replace(/\u0001\w+\u0002|\u0003/g, '')).toBe(renderReport(report, { text }));
      expect(styled).toContain('\u0001heading\u0002What happened\u0003');
    }
  });
});

describe('breaking lines', () => {
  it('keeps every word, and the width', () => {
    const words = fc.array(fc.stringMatching(/^[a-z0-9_<,+]{1,60}$/), { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(words, fc.integer({ min: 24, max: 90 }), (parts, columns) => {
        const lines = wrap(parts.join(' '), '* ', '  ', columns);
        for (const line of lines) expect(line.length).toBeLessThanOrEqual(columns);
        const text = lines.map((line) => line.slice(2)).join('');
        expect(text.replaceAll(' ', '')).toBe(parts.join(''));
      }),
    );
  });

  it('breaks a chain of functions behind its marks', () => {
    expect(wrap('aaaaaaaaaa<bbbbbbbbbb<cccccccccc', '', '', 24)).toEqual([
      'aaaaaaaaaa<bbbbbbbbbb<',
      'cccccccccc',
    ]);
  });
});

describe('what is told of a fault whose function is not on the stack?', () => {
  const text = `Fatal trap 12: page fault while in kernel mode
fault virtual address   = 0x0
fault code              = supervisor read instruction, page not present
instruction pointer     = 0x20:0x0
panic: page fault
panic() at panic+0x43
calltrap() at calltrap+0x8
--- trap 0xc, rip = 0, rsp = 0xfffffe00ca110c10, rbp = 0xfffffe00ca110c60 ---
zorp_start() at zorp_start+0x64
fork_exit() at fork_exit+0x7e
`;
  const place = { caller: { function: 'zorp_start', offset: 0x64 }, evidence: [] };
  const steps = (faultPlace: Report['faultPlace']): string => {
    const report = { ...parseReport(text), faultPlace } as Report;
    return explain(report)
      .sections.find((each) => each.id === 'happened')!
      .items.map((each) => each.text)
      .join('\n');
  };

  it('a call through a null pointer is the caller’s', () => {
    expect(steps({ ...place, jump: 'null', address: '0x0' })).toContain(
      'zorp_start()+0x64 likely called through a null function pointer and was stopped by trap 12',
    );
  });
  it('a function without a name was called from there', () => {
    const out = steps({ ...place, address: '0xffffffff80a0b0c4' });
    expect(out).toContain('zorp_start()+0x64\n');
    expect(out).toContain(
      'a function at 0xffffffff80a0b0c4, likely called from there and of which no line was read, was stopped by trap 12',
    );
    expect(out).not.toContain('zorp_start()+0x64 was stopped');
  });
});

describe('what is told of the way in?', () => {
  const happened = (text: string): string[] =>
    explain(parseReport(text))
      .sections.find((each) => each.id === 'happened')!
      .items.map((each) => each.text);

  it('a trap handler that a system call came through handled no trap', () => {
    const steps = happened(ALL['freebsd-powerpc.txt']!);
    expect(steps).toContain('by way of powerpc_interrupt > trap');
    expect(steps.filter((each) => each.startsWith('the kernel handled the trap'))).toHaveLength(1);
  });
  it('a function that somebody looked up and the stack lacks was stopped, and not its caller', () => {
    const steps = happened(ALL['kgdb-list.txt']!);
    expect(steps.find((each) => each.includes('was stopped by a trap'))).toMatch(
      /^gribble_unlink, likely called from/,
    );
  });
  it('a sentence begins with a capital, a name of a register with its own letter', () => {
    const { inShort } = explain(parseReport(ALL['openbsd-protection.txt']!));
    expect(inShort).toMatch(/^The text tells of/);
    expect(inShort).toMatch(/ rbx holds 0xdead4110dead4110/);
  });
});

describe('headings', () => {
  const titles = (changes: Partial<Report>): string[] =>
    explain({ ...parseReport(EXAMPLE), ...changes } as Report).sections.map((each) => each.title);

  it('registers that were read at the debugger’s entry are labelled so', () => {
    expect(titles({})).toContain('Registers');
    expect(titles({ registersOf: 'debugger' })).toContain(
      "Registers (likely at the debugger's entry, not at the fault)",
    );
  });
  it('a trace that is not the event’s own says whose it is', () => {
    const { frames, boundaries, span } = parseReport(EXAMPLE);
    const trace = { style: 'ddb' as const, purpose: 'freed', frames, boundaries, span };
    expect(titles({ otherTraces: [trace] })).toContain('Backtrace of where the memory was freed');
  });
  it('what is not known of system and architecture is said to be so', () => {
    const system = (changes: Partial<Report>): string =>
      explain({ ...parseReport(EXAMPLE), ...changes } as Report).system;
    expect(system({ system: 'unknown', arch: 'unknown' })).toBe('system and architecture not known');
    expect(system({ arch: 'unknown' })).toBe('FreeBSD (likely, by signs), architecture not known');
    expect(system({ product: 'pfSense' })).toBe('FreeBSD (pfSense), i386 (likely, by signs)');
  });
});

it('a trap that no line names is placed by its frame, not by the first line of the text', () => {
  const text = ALL['lldb-trap-without-words.txt']!;
  expect(collapsed(renderReport(parseReport(text), { text }))).toContain(
    'trap in kernel mode likely at zif_rxeof [line 10]',
  );
});
