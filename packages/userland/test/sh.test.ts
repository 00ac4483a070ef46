// biome-ignore-all lint/suspicious/noTemplateCurlyInString: shell text
import { describe, expect, it } from 'vitest';
import { arithmetic, ArithmeticError } from '../src/sh/arith.js';
import { parseShell, ShellSyntaxError } from '../src/sh/parse.js';
import { isPattern, matches, plainText, quotePattern } from '../src/sh/pattern.js';
import { output, run, type } from './boot.js';

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

/** Shell text and what it writes; one boot for all of them, a line of dashes between. */
const CASES: [string, string][] = [
  ['echo "a  b" c', 'a  b c\n'],
  ['x=5; echo $x "$x" \'$x\' ${x}y', '5 5 $x 5y\n'],
  ['unset n; echo ${n:-d} ${n-d} [${n:+s}] ${n:=v} $n ${n:+s}', 'd d [] v v s\n'],
  ['y=a.b.c; echo ${y#*.} ${y##*.} ${y%.*} ${y%%.*} ${#y}', 'b.c c a.b a 5\n'],
  ['v="a  b"; set -- $v; echo $#; set -- "$v"; echo $#', '2\n1\n'],
  ['set -- "a b" c; for i in "$@"; do echo "<$i>"; done; echo "$*" $#', '<a b>\n<c>\na b c 2\n'],
  ['set --; echo "$@"x; for i in "$@"; do echo no; done; for i in ""; do echo "[$i]"; done', 'x\n[]\n'],
  ['IFS=:; p=a:b:c; set -- $p; unset IFS; echo $1 $3 $#', 'a c 3\n'],
  ['echo $(echo a; echo b) "$(echo a; echo b)"', 'a b a\nb\n'],
  ['echo `echo one` "`echo "two"`" $(echo $(echo three))', 'one two three\n'],
  ['i=3; echo $((i*2+1)) $((i+=4)) $i', '7 7 7\n'],
  ['echo /bin/tr* "/bin/tr*" /no/such* [', '/bin/true /bin/tr* /no/such* [\n'],
  ['cd /; echo e*/m* ~', 'etc/motd /\n'],
  ['for i in 1 2 3; do [ $i = 2 ] && continue; echo $i; done', '1\n3\n'],
  ['for i in 1 2 3; do for j in a b; do [ $i = 2 ] && break 2; echo $i$j; done; done', '1a\n1b\n'],
  ['i=0; while [ $i -lt 3 ]; do i=$((i+1)); done; until [ $i -le 1 ]; do i=$((i-1)); done; echo $i', '1\n'],
  ['if false; then echo a; elif true; then echo b; else echo c; fi', 'b\n'],
  ['case foo.c in *.h) echo h;; *.c|*.s) echo c;; *) echo other;; esac', 'c\n'],
  ['case "*" in "*") echo star;; esac; case x in "?") echo no;; [!a-w]) echo yes;; esac', 'star\nyes\n'],
  ['f() { local x=in; echo "$x $1 $#"; return 3; }; x=out; f a b; echo $? $x', 'in a 2\n3 out\n'],
  ['fact() { if [ $1 -le 1 ]; then echo 1; else echo $(( $1 * $(fact $(($1-1))) )); fi; }; fact 5', '120\n'],
  ['(exit 4); echo $?; ! true; echo $?; ! false; echo $?', '4\n1\n0\n'],
  ['true && echo and || echo or; false && echo and || echo or', 'and\nor\n'],
  ['x=1; (x=2; echo $x); echo $x; { x=3; }; echo $x', '2\n1\n3\n'],
  ['echo a b | { read p q; echo "$q/$p"; }', 'b/a\n'],
  ['printf() { echo fn; }; printf; unset -f printf; type echo', 'fn\necho is a shell builtin\n'],
  ['cat <<E\na $((1+1)) `echo b` \\$c\nE\n', 'a 2 b $c\n'],
  ["cat <<'E'\n$x `b`\nE\n", '$x `b`\n'],
  ['cat <<-E\n\t\tindented\n\tE\n', 'indented\n'],
  ['echo one > /tmp/r; echo two >> /tmp/r; cat < /tmp/r; wc -l < /tmp/r', 'one\ntwo\n       2\n'],
  ['{ echo out; echo err >&2; } 2>/dev/null', 'out\n'],
  ['exec 3>/tmp/e; echo three >&3; exec 3>&-; cat /tmp/e; echo x >&3', 'three\n3: Bad file descriptor\n'],
  [
    'nosuch; echo $?; /etc/motd; echo $?; /tmp; echo $?',
    'nosuch: not found\n127\n/etc/motd: Permission denied\n126\n/tmp: Permission denied\n126\n',
  ],
  [
    'cat < /nosuch; echo $?; echo x > /no/such; echo $?',
    'cannot open /nosuch: No such file or directory\n2\ncannot create /no/such: No such file or directory\n2\n',
  ],
  ['x=$(false); echo $?; y=1; echo $?', '1\n0\n'],
  ['sh -c "exit 9"; echo $?; sh -c \'kill -9 $$\'; echo $?', '9\nKilled\n137\n'],
  ['sleep 1 & p=$!; wait $p; echo $?; wait 99999; echo $?', '0\n127\n'],
  ['sh -c "sleep 1; exit 6" & wait $!; echo $?', '6\n'],
  ["export E=1; sh -c 'echo $E'; F=2 sh -c 'echo $F'; echo [$F]; V=3; sh -c 'echo [$V]'", '1\n2\n[]\n[]\n'],
  ["sh -c 'echo $0 $1 $#' name a b", 'name a 2\n'],
  [
    'sh -c \'trap "echo bye" EXIT; echo hi\'; sh -c \'trap "echo int" INT; kill -INT $$; echo after\'',
    'hi\nbye\nint\nafter\n',
  ],
  [
    'sh -e -c "false; echo no"; echo $?; sh -e -c "false || true; if false; then :; fi; ! true; echo yes"',
    '1\nyes\n',
  ],
  ["sh -u -c 'echo $nope; echo no'; echo $?", 'nope: parameter not set\n2\n'],
  ["sh -c 'echo ${q:?gone}; echo no'; echo $?", 'q: gone\n2\n'],
  [
    'sh -c "if"; echo $?; sh -c "echo \\$((1/0))"; echo $?',
    'Syntax error: end of file unexpected\n2\narithmetic expression: division by zero: "1/0"\n2\n',
  ],
  ['sh -x -c "a=1 true; echo hi"', '+ a=1 true\n+ echo hi\nhi\n'],
  ["echo 'echo from stdin $1' | sh -s arg", 'from stdin arg\n'],
  [
    'echo "echo script \\$0 \\$1" > /tmp/s; sh /tmp/s A; sh /nosuch; echo $?',
    "script /tmp/s A\nsh: Can't open /nosuch: No such file or directory\n127\n",
  ],
  ['echo "#!/bin/sh" > /tmp/x; echo "echo ran \\$#" >> /tmp/x; chmod 755 /tmp/x; /tmp/x 1 2', 'ran 2\n'],
  [
    'echo "echo bare" > /tmp/y; chmod 755 /tmp/y; /tmp/y; echo "x=sourced" > /tmp/z; . /tmp/z; echo $x',
    'bare\nsourced\n',
  ],
  ['cd /bin; pwd; cd /tmp; cd -; cd /nosuch; echo $?', "/bin\n/bin\ncd: can't cd to /nosuch\n2\n"],
  [
    'eval "a=1; echo \\$a"; set -- x y z; shift 2; echo $1 $#; shift 5; echo $?',
    "1\nz 1\nshift: can't shift that many\n2\n",
  ],
  ['readonly R=1; (R=2); echo $R', 'R: is read only\n1\n'],
  [
    'umask 022; umask; umask 077; touch /tmp/u; ls -l /tmp/u | head -1 | grep -c rw-------; umask 022',
    '0022\n1\n',
  ],
  ['echo a#b # comment\n#another\necho c', 'a#b\nc\n'],
  ['yes | head -2', 'y\ny\n'],
  ['jot 3 | while read n; do echo "n=$n"; done', 'n=1\nn=2\nn=3\n'],
  [
    '[ -d /tmp -a ! -f /tmp ] && echo dir; [ -c /dev/null ] && echo chr; [ -z "" -o x = y ] && echo or; test 1 -gt x; echo $?',
    'dir\nchr\nor\ntest: x: bad number\n2\n',
  ],
];

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
