// biome-ignore-all lint/suspicious/noTemplateCurlyInString: shell text
import { describe, expect, it } from 'vitest';
import { arithmetic, ArithmeticError } from '../src/sh/arith.js';
import { parseShell, ShellSyntaxError } from '../src/sh/parse.js';
import { isPattern, matches, plainText, quotePattern } from '../src/sh/pattern.js';
import { output, run, type } from './boot.js';
import { CASES } from './shcases.js';

function fault(source: string, final = true): ShellSyntaxError | undefined {
  try {
    parseShell(source, final);
  } catch (error) {
    if (error instanceof ShellSyntaxError) return error;
    throw error;
  }
  return undefined;
}

describe('parser', () => {
  it('takes pipelines, lists and the background apart', () => {
    const list = parseShell('a | b && ! c || d & e; f');
    expect(list.map((item) => [item.text.replace(/\s*&$/, ''), item.background])).toEqual([
      ['a | b && ! c || d', true],
      ['e', false],
      ['f', false],
    ]);
    expect(list[0]!.first.commands.length).toBe(2);
    expect(list[0]!.rest.map((r) => [r.op, r.pipeline.negate])).toEqual([
      ['&&', true],
      ['||', false],
    ]);
  });

  it('keeps quotes, substitutions and assignments as they were written', () => {
    const command = parseShell('x=1 y="a b" cmd "q $(echo ")") z" \'s;s\' a\\ b `e "f"` ${v:-a b}')[0]!.first
      .commands[0]!;
    expect(command).toMatchObject({
      type: 'simple',
      assigns: [
        { name: 'x', value: '1' },
        { name: 'y', value: '"a b"' },
      ],
      words: ['cmd', '"q $(echo ")") z"', "'s;s'", 'a\\ b', '`e "f"`', '${v:-a b}'],
    });
  });

  it('numbers redirections only where the digit touches', () => {
    const command = parseShell('cmd 2>&1 2 >f <<EOF <>g 3<&- >|h\nbody $x\nEOF\n')[0]!.first.commands[0]!;
    expect(command.redirects).toEqual([
      { fd: 2, op: '>&', target: '1' },
      { fd: 1, op: '>', target: 'f' },
      { fd: 0, op: '<<', target: 'EOF', here: { body: 'body $x\n', literal: false } },
      { fd: 0, op: '<>', target: 'g' },
      { fd: 3, op: '<&', target: '-' },
      { fd: 1, op: '>|', target: 'h' },
    ]);
    expect(command.type === 'simple' && command.words).toEqual(['cmd', '2']);
  });

  it.each([
    ['if true', 'end of file unexpected (expecting "then")'],
    ['fi', '"fi" unexpected'],
    ['if then', '"then" unexpected'],
    ['for 1 in a; do b; done', 'Bad for loop variable'],
    ['for x in a; b; done', 'word unexpected (expecting "do")'],
    ['while true; do done', '"done" unexpected'],
    ['a && ; b', '";" unexpected'],
    ['| a', '"|" unexpected'],
    ['(a', 'end of file unexpected (expecting ")")'],
    ['a)', '")" unexpected'],
    ['case x in a b) ;; esac', 'word unexpected (expecting ")")'],
    ['a > ', 'end of file unexpected'],
    ['a >\nb', 'newline unexpected'],
    ['echo "abc', 'Unterminated quoted string'],
    ["echo 'abc", 'Unterminated quoted string'],
    ['echo $(abc', "Missing ')'"],
    ['echo ${abc', "Missing '}'"],
    ['echo `abc', 'EOF in backquote substitution'],
    ['{ a; } b', 'word unexpected'],
    ['a (b)', '"(" unexpected'],
    [';;', '";;" unexpected'],
  ])('complains of %s', (source, message) => {
    expect(fault(source)?.message).toBe(message);
  });

  it('tells what is incomplete from what is wrong', () => {
    const incomplete = [
      'if a',
      'if a; then b',
      'while :; do',
      'for x in 1 2\ndo',
      'case a in',
      'f() {',
      '"x',
      "'",
      '$(',
      '(a',
      'a |',
      'a &&',
      'cat <<E\nb',
      'a \\\n',
    ];
    for (const source of incomplete)
      expect([source, fault(source, false)?.incomplete]).toEqual([source, true]);
    for (const source of ['fi', 'a ;; b', 'if then', ')'])
      expect([source, fault(source, false)?.incomplete]).toEqual([source, false]);
    for (const source of ['', '\n', '# x', ' ; '.trim() && 'a;', 'a &'])
      expect(fault(source, false)).toBeUndefined();
  });

  it('survives any bytes', () => {
    const bits = [
      'a',
      ' ',
      '"',
      "'",
      '`',
      '$',
      '(',
      ')',
      '{',
      '}',
      '|',
      '&',
      ';',
      '<',
      '>',
      '\n',
      '\\',
      '#',
      'if',
      'do',
      '=',
      '${',
      '$((',
    ];
    let x = 12345;
    for (let n = 0; n < 5000; n++) {
      let source = '';
      for (let i = 0; i < 12; i++) {
        x = (Math.imul(x, 1103515245) + 12345) >>> 0;
        source += bits[(x >>> 16) % bits.length];
      }
      fault(source);
      fault(source, false);
    }
  });
});

describe('arithmetic', () => {
  const variables = (): {
    map: Map<string, string>;
    v: { get(n: string): string; set(n: string, x: string): void };
  } => {
    const map = new Map([
      ['x', '7'],
      ['h', '0x10'],
    ]);
    return { map, v: { get: (n) => map.get(n) ?? '', set: (n, value) => void map.set(n, value) } };
  };
  it.each([
    ['1 + 2 * 3', 7],
    ['(1+2)*3', 9],
    ['10 / 3', 3],
    ['-7 / 2', -3],
    ['-7 % 3', -1],
    ['x', 7],
    ['h + 1', 17],
    ['010', 8],
    ['unset', 0],
    ['1 << 4 | 1', 17],
    ['5 & 3 ^ 1', 0],
    ['!x', 0],
    ['~0', -1],
    ['x > 6 && x <= 7', 1],
    ['x == 7 ? 1 : 2', 1],
    ['2147483647 + 1', -2147483648],
    ['', 0],
    ['1 ? 2 : 0 ? 3 : 4', 2],
    ['x != 7 || 0', 0],
    ['0xff', 255],
  ])('%s', (source, value) => {
    expect(arithmetic(source, variables().v)).toBe(value);
  });
  it('assigns', () => {
    const { map, v } = variables();
    expect(arithmetic('y = x += 3', v)).toBe(10);
    expect([map.get('x'), map.get('y')]).toEqual(['10', '10']);
  });
  it.each(['1 +', '(1', '1 2', '3 / 0', '@', '1 % 0', '? 1'])('refuses %s', (source) => {
    expect(() => arithmetic(source, variables().v)).toThrow(ArithmeticError);
  });
});

describe('patterns', () => {
  it.each([
    ['*', 'anything', true],
    ['*.c', 'foo.c', true],
    ['*.c', 'foo.h', false],
    ['?', 'a', true],
    ['?', 'ab', false],
    ['[a-c]x', 'bx', true],
    ['[!a-c]x', 'bx', false],
    ['[]]', ']', true],
    ['\\*', '*', true],
    ['\\*', 'x', false],
    ['a.b', 'axb', false],
    ['[', '[', true],
    ['a*b*c', 'aXbYc', true],
    ['[z-a]', 'z', false],
    ['(a|b)', 'a', false],
    ['*', 'a\nb', true],
  ])('%s against %s', (pattern, text, expected) => {
    expect(matches(pattern, text)).toBe(expected);
  });
  it('quotes and takes quotes off', () => {
    expect(isPattern(quotePattern('a*b[c]?'))).toBe(false);
    expect(plainText(quotePattern('a*b[c]?\\'))).toBe('a*b[c]?\\');
  });
});

describe('scripts', () => {
  it('do what the manual says', async () => {
    const script = CASES.map(([source]) => `${source}\n`).join('echo ----\n');
    const got = (await output(script)).split('----\n');
    expect(got.length).toBe(CASES.length);
    for (const [i, [source, expected]] of CASES.entries())
      expect([source, got[i]]).toEqual([source, expected]);
  });

  it('end with the status of their last command, or of exit', async () => {
    expect((await run('true; false')).status).toBe(1);
    expect((await run('exit 7; echo no')).status).toBe(7);
    expect((await run('sh -c "kill -TERM \\$\\$"')).status).toBe(143);
  });

  it('are refused whole if their grammar is wrong', async () => {
    expect(await output('echo no; if then; fi', {}, 2)).toBe('Syntax error: "then" unexpected\n');
  });

  it('come to an end although they only loop over builtins, when a signal comes', async () => {
    expect(await output('sh -c "while :; do :; done" & p=$!; sleep 2; kill $p; wait $p; echo $?')).toBe(
      '143\n',
    );
  });
});

describe('at a terminal', () => {
  it('prompts, joins lines, edits, interrupts and goes on', async () => {
    const r = await type([
      'echo hellp\x7fo\n',
      'if true\n',
      'then echo two\n',
      'fi\n',
      'sleep 100\n',
      '\x03',
      'echo $?\n',
      'nosuch\n',
      'while :; do :; done\n',
      '\x03',
      'echo "=$?"\n',
      '"\n',
      '\x03',
      'cat\n',
      'typed\n',
      '\x04',
    ]);
    expect([r.why, r.status]).toEqual(['halt', 0]);
    const text = r.output.replaceAll('\b \b', '<');
    expect(text).toContain(
      '# echo hellp<o\nhello\n# if true\n> then echo two\n> fi\ntwo\n# sleep 100\n^C\n# echo $?\n130\n# nosuch\nnosuch: not found\n',
    );
    expect(text).toContain(
      '# while :; do :; done\n^C\n# echo "=$?"\n=130\n# "\n> ^C\n# cat\ntyped\ntyped\n# exit\n',
    );
  });

  it('keeps jobs', async () => {
    const r = await type([
      'sleep 30 &\n',
      'sleep 40\n',
      '\x1a',
      'jobs\n',
      'bg\n',
      'jobs\n',
      'fg %1\n',
      '\x03',
      'kill %2\n',
      'wait; jobs\n',
      'cat &\n',
      'jobs\n',
      'kill -9 %1\n',
      ':\n',
    ]);
    const text = r.output.replace(/\] \d+ /g, '] N ').replace(/ +/g, ' ');
    expect(text).toContain(
      '# sleep 40\n^Z\n[2] N Suspended sleep 40\n# jobs\n[1] N sleep 30\n[2] N Suspended sleep 40\n# bg\n[2] sleep 40\n# jobs\n[1] N sleep 30\n[2] N sleep 40\n',
    );
    expect(text).toContain('# fg %1\nsleep 30\n^C\n');
    expect(text).toContain('# jobs\n[1] N Suspended cat\n# kill -9 %1\n');
    expect(r.why).toBe('halt');
  });

  it('ends at end of file with the last status', async () => {
    const r = await type(['false\n', '\x04']);
    expect([r.why, r.status]).toEqual(['halt', 1]);
  });
});
