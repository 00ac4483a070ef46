// biome-ignore-all lint/suspicious/noTemplateCurlyInString: shell text
import { describe, expect, it } from 'vitest';
import { CASES } from '../shcases.js';
import { run } from './run.js';
import { install, System } from './system.js';

const BIN = ['sh', 'cat', 'chmod', 'echo', 'kill', 'ls', 'sleep'];
const USR_BIN = ['grep', 'head', 'jot', 'touch', 'tr', 'true', 'wc', 'yes'];
const programs = await install({
  ...Object.fromEntries(BIN.map((name) => [`/bin/${name}`, `bin/${name}`])),
  ...Object.fromEntries(USR_BIN.map((name) => [`/bin/${name}`, `usr.bin/${name}`])),
});
const files = {
  'etc/motd': 'trap12\n',
  'tmp/sub/a': '',
  'tmp/sub/b': '',
  'tmp/sub/c.d': '',
  'tmp/sub/.h': '',
  'tmp/lib': 'set -- 7\nlib="set $1"\nreturn 3\nlib=no\n',
};

/** Status and console of a command. */
function sh(text: string, argv: readonly string[] = ['-c', text]): [number, string] {
  const system = new System(programs, files);
  const status = system.run(['/bin/sh', ...argv], { PATH: '/bin', HOME: '/' });
  return [status, system.console.join('')];
}

/** A writer without end needs a reader beside it, which there is not here. */
const POSSIBLE = CASES.filter(([text]) => !text.startsWith('yes'));

const MORE: [string, string][] = [
  ['IFS=:; p=a::b:; set -- $p; echo $# "$2"; IFS=" :"; p=" a : b "; set -- $p; echo $# $2', '3 \n2 b\n'],
  [
    'x=abc; echo "${x#a}" ${x%"c"} "${x##*b}" ${x%%[bc]*}; p="b*"; echo ${x%$p} ${x%"$p"}',
    'bc ab c a\na abc\n',
  ],
  ['echo "${u-"a b"}" ${u-a "b  c"} "${u:+x}"; echo "${u-}"; echo ${u-\'}\'}', 'a b a b  c \n\n}\n'],
  ['set -- a b; echo "x$@y" x$@y "$*"; IFS=,; echo "$*"; IFS=; echo "$*"', 'xa by xa by a b\na,b\nab\n'],
  [
    'echo $((1 ? 2 : 1/0)) $((0 && (q=1))) ${q-unset} $((7 || 1/0)) $((~5 & 0xf)) $((1<<2+1))',
    '2 0 unset 1 10 8\n',
  ],
  [
    'while getopts ab:c o -a -bX -c -b; do echo "$o:$OPTARG"; done; echo $OPTIND',
    'a:\nb:X\nc:X\nNo arg for -b option\n?:X\n5\n',
  ],
  [
    'set -- -x y z; getopts :y o; echo $o $OPTARG; OPTIND=1; getopts x o; echo $o; shift $((OPTIND-1)); echo $*',
    '? x\nx\ny z\n',
  ],
  [
    "printf '%s=%d|' a 1 b 2; printf '%5.2s|%-4d|%x\\n' hello 3 255; printf '%b%c%%\\n' 'a\\tb' xyz",
    'a=1|b=2|   he|3   |ff\na\tbx%\n',
  ],
  ['set -o noglob; echo * $-; set +f; echo $-', '* f\n\n'],
  [
    'set -- "it\'s"; x="it\'s"; unset HOME PATH; export x; set -u; export -p; readonly R=1; readonly',
    "export x='it'\\''s'\nreadonly R='1'\n",
  ],
  [
    'x=1; f() { x=2 g; echo $x; }; g() { echo in $x; }; f; x=3 :; echo $x; x=4 true; echo $x',
    'in 2\n1\n3\n3\n',
  ],
  [
    'f() { [ $1 -gt 0 ] || return 0; f $(($1-1)); }; f 50; echo $?; f() { f; }; f',
    '0\nf: functions nest too deeply\n',
  ],
  [
    '{ echo a; echo b; } > /tmp/f; while read l; do echo "<$l>"; done < /tmp/f; echo c >> /tmp/f; read x < /tmp/f; echo $x',
    '<a>\n<b>\na\n',
  ],
  [
    'cat() { while read -r l; do echo "$l"; done; }; x=v; cat <<E; cat <<\\E; cat <<-E\n$x $((1+1)) \\$x \\\\ "q"\nE\n$x \\\nE\n\t\ttabs\n\tE\n',
    'v 2 $x \\ "q"\n$x \\\ntabs\n',
  ],
  [
    'read() { :; }; unset -f read; printf "a b  c\\n" > /tmp/r; read x y < /tmp/r; echo "$x|$y"; printf \'a\\\\\\nb\\\\ c d\' > /tmp/r; read x y < /tmp/r; echo $? "$x|$y"',
    'a|b  c\n1 ab c|d\n',
  ],
  ['IFS=:; printf "a: b ::c\\n" > /tmp/r; read x y z < /tmp/r; echo "$x|$y|$z"', 'a| b |:c\n'],
  [
    'echo x >&9; echo $?; echo y > /no/such; echo $?; cd / 2>&- ; echo ok; echo z >&-; echo $?',
    '9: Bad file descriptor\n2\ncannot create /no/such: No such file or directory\n2\nok\n1\n',
  ],
  [
    'set -C; echo a > /tmp/c; echo b > /tmp/c; echo c >| /tmp/c; read x < /tmp/c; echo $x',
    'cannot create /tmp/c: File exists\nc\n',
  ],
  ['exec 3> /tmp/e; echo three >&3; exec 3>&- 4< /tmp/e; read x <&4; echo $x', 'three\n'],
  [
    'echo /t*/ /*/sub/? "/t*" /no/such* [ *.zz; cd /tmp/sub; echo * .*; echo [!a]* [a-b]',
    '/tmp/ /tmp/sub/a /tmp/sub/b /t* /no/such* [ *.zz\na b c.d . .. .h\nb c.d a b\n',
  ],
  ['HOME=/h; echo ~ ~/x "~" a~; x=~/y:~; echo $x ${u:-~}', '/h /h/x ~ a~\n/h/y:/h /h\n'],
  [
    "trap 'echo bye' EXIT; trap 'echo hup' 1; trap; trap - HUP; trap '' TERM; trap; trap x NOSUCH",
    "trap -- 'echo bye' EXIT\ntrap -- 'echo hup' HUP\ntrap -- 'echo bye' EXIT\ntrap -- '' TERM\ntrap: bad signal NOSUCH\nbye\n",
  ],
  [
    '. /tmp/lib; echo $lib; command . /nosuch; echo $?; command -v echo f; command -V f; type f nosuch',
    "set 7\n.: can't open /nosuch: No such file or directory\n2\necho\nf: not found\nf: not found\nnosuch: not found\n",
  ],
  [
    'ulimit -n 20; ulimit -n; ulimit -Hn; ulimit -c unlimited; ulimit -z; ulimit -n x',
    '20\n20\nulimit: Illegal option -z\nulimit: bad number\n',
  ],
  [
    'kill -l 9; kill -l 143; kill 4294967297; kill x; kill -FOO 1 2> /dev/null; echo $?',
    'kill\nterm\nkill: illegal process id: 4294967297\nkill: illegal process id: x\n1\n',
  ],
  [
    'x="a\\*b"; case "a*b" in $x) echo yes;; esac; case axb in $x) echo no;; *) echo right;; esac',
    'yes\nright\n',
  ],
  ['a=1\\\n2; echo $a ab\\\ncd "e\\\nf" \'g\\\nh\'', '12 abcd ef g\\\nh\n'],
  [
    'for i do echo $i; done; set -- p q; for i\ndo echo $i; done; for i in; do echo no; done; echo $?',
    'p\nq\n0\n',
  ],
  [
    'if :; then { echo in; } fi; while :; do break; done; case a in a) ;; esac; case b in (b) echo b; esac',
    'in\nb\n',
  ],
  [
    'x="\u00e4 \u0081"; echo "$x" $x "\u0082"\u0083 ${x#?}',
    '\u00e4 \u0081 \u00e4 \u0081 \u0082\u0083 \u0081\n',
  ],
  [
    'echo $((echo a); echo b) "$( (echo c) )" $(case x in x) echo d;; esac) `echo \\`echo e\\``',
    'a b c d e\n',
  ],
  ['echo "$(echo "a  $(echo "b  c")")" `echo "x  y"`; x=$(echo a; exit 3); echo $? $x', 'a  b  c x y\n3 a\n'],
  [
    'f() { cat <<E\n$1 $(echo "$2")\nE\n}; f a "b  c"; cat <<A <<B; echo $?\nno\nA\nlast\nB\n',
    'a b  c\nlast\n0\n',
  ],
  [
    'i=0; while [ $i -lt 300 ]; do echo "line $i of the text"; i=$((i+1)); done > /tmp/t; x=$(cat /tmp/t); cat <<E | wc -l\n$x\nE\n',
    '     300\n',
  ],
  [
    '(trap "echo out" EXIT; true; echo in); sh -c "trap \\"echo t\\" TERM; kill -TERM \\$\\$; echo on"; echo $?',
    'in\nout\nt\non\n0\n',
  ],
  ['trap "echo got" USR1; kill -USR1 $$; echo $?; trap "" USR1; kill -USR1 $$; echo on', 'got\n0\non\n'],
  [
    'set -e; f() { false; echo f; }; f || echo no; if f; then :; fi; f | cat; x=$(false) || echo x; false; echo never',
    'f\nf\nx\n',
  ],
  ['set -x; x=1; echo "a b" $x 2>/dev/null; (: $x) | cat', '+ x=1\n+ echo a b 1\na b 1\n+ : 1\n+ cat\n'],
  [
    'command echo a; command nosuch; echo $?; exec nosuch; echo never',
    'a\nnosuch: not found\n127\nnosuch: not found\n',
  ],
  ['exec echo replaced; echo never', 'replaced\n'],
  [
    'A=1 sh -c "echo \\$A"; A=2; sh -c "echo [\\$A]"; export A; sh -c "echo \\$A"; unset A; sh -c "echo [\\$A]"',
    '1\n[]\n2\n[]\n',
  ],
  [
    'true & wait; echo $?; false & wait $!; echo $?; jobs; (exit 7) & jobs; wait $!; echo $?',
    '0\n1\n[1] 45 Exit 7                 (exit 7)\n127\n',
  ],
  [
    'n=; for i in 1 2 3; do case $i in 2) continue;; esac; n=$n$i; done | cat; echo "[$n]"; { n=4; }; (n=5); echo $n',
    '[]\n4\n',
  ],
  ['f() { f() { echo inner; }; echo outer; }; f; f; unset -f f; f', 'outer\ninner\nf: not found\n'],
  ['trap "echo bye" EXIT; (echo in); echo $(echo sub) | cat', 'in\nsub\nbye\n'],
];

describe('scripts', () => {
  it.each(POSSIBLE)('%s', (text, expected) => {
    expect(sh(text)[1]).toBe(expected);
  });
  it.each(MORE)('%s', (text, expected) => {
    expect(sh(text)[1]).toBe(expected);
  });
  it('end with the status of their last command, or of exit', () => {
    expect(sh('true; false')).toEqual([1, '']);
    expect(sh('exit 7; echo no')).toEqual([7, '']);
    expect(sh('kill -TERM $$')).toEqual([143, '']);
    expect(sh('exit 300')).toEqual([44, '']);
    expect(sh('', ['/nosuch'])).toEqual([127, "sh: Can't open /nosuch: No such file or directory\n"]);
    expect(sh('', ['-c'])).toEqual([2, 'sh: -c requires an argument\n']);
    expect(sh('', ['-z'])).toEqual([2, 'sh: Illegal option -z\n']);
    expect(sh('', ['-xc', 'echo $0 $1', 'name', 'a'])).toEqual([0, '+ echo name a\nname a\n']);
  });
});

describe('a number that is none', () => {
  it.each([
    'exit x',
    'f() { return 1x; }; f',
    'for i in 1; do break x; done',
    'while :; do continue -1; done',
  ])('ends a script: %s', (text) => {
    const [, word, number] = /(exit|return|break|continue) (\S+?);?(?: |$)/.exec(text)!;
    expect(sh(`${text}; echo no`)).toEqual([2, `${word}: Illegal number: ${number}\n`]);
  });
  it('ends it of any builtin that takes one, however many digits it has', () => {
    expect(sh('set a b; shift x; echo no')).toEqual([2, 'shift: Illegal number: x\n']);
    expect(sh('exit 4294967296; echo no')).toEqual([2, 'exit: Illegal number: 4294967296\n']);
    expect(sh('sh -c "exit x"; echo $?')[1]).toBe('exit: Illegal number: x\n2\n');
  });
  it('is no process', () => {
    expect(sh('true & wait ${!}x; echo $?')[1]).toMatch(/^wait: No such job: \d+x\n127\n$/);
    expect(sh('wait 99999; echo $?')[1]).toBe('127\n');
  });
});

describe('an error of a builtin', () => {
  it.each([
    ['. /nosuch', ".: can't open /nosuch: No such file or directory"],
    ['set -z', 'set: illegal option -z'],
    ['set -o none', 'set: illegal option none'],
    ['for i in 1; do break 0; done', 'break: Illegal number: 0'],
    ['while :; do continue 0; done', 'continue: Illegal number: 0'],
    ['export 1a', '1a: bad variable name'],
    [': > /no/such', 'cannot create /no/such: No such file or directory'],
  ])('ends a script if it is a special one: %s', (text, message) => {
    expect(sh(`${text}; echo no`)).toEqual([2, `${message}\n`]);
  });
  it.each([
    ['wait x', 'wait: No such job: x', 127],
    ['jobs x', 'jobs: No such job: x', 2],
    ['jobs -x', 'jobs: illegal option -x', 2],
    ['jobs %7', 'jobs: No such job: %7', 2],
    ['unset 1a', 'unset: 1a: bad variable name', 2],
    ['cd /nosuch', "cd: can't cd to /nosuch", 2],
    ['readonly R=1; read R < /etc/motd', 'R: is read only', 2],
    ['local x', 'local: Not in a function', 2],
    ['echo > /no/such', 'cannot create /no/such: No such file or directory', 2],
    ['command set -z', 'set: illegal option -z', 2],
    ['command . /nosuch', ".: can't open /nosuch: No such file or directory", 2],
    ['command eval "set -z; echo no"', 'set: illegal option -z', 2],
    ['shift 5', "shift: can't shift that many", 2],
  ])('is told, and the script goes on: %s', (text, message, status) => {
    expect(sh(`${text}; echo $?`)).toEqual([0, `${message}\n${status}\n`]);
  });
  it('is a fatal one again behind it, and in a child', () => {
    expect(sh('command set -z; set -y; echo no')).toEqual([
      2,
      'set: illegal option -z\nset: illegal option -y\n',
    ]);
    expect(sh('command eval "(set -z; echo no)"; echo $?')).toEqual([0, 'set: illegal option -z\n2\n']);
  });
  it('jobs tells of those that it is asked for', () => {
    expect(sh('true & true & jobs -p %2 > /tmp/j; wc -l < /tmp/j; jobs -l %1; jobs')[1]).toMatch(
      /^ +1\n\[1\] \d+ +Done +true\n$/,
    );
  });
});

describe('grammar', () => {
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
    ['echo ${a!b}', 'Bad substitution'],
    ['echo `abc', 'EOF in backquote substitution'],
    ['{ a; } b', 'word unexpected'],
    ['a (b)', '"(" unexpected'],
    [';;', '";;" unexpected'],
    ['echo $(if)', '")" unexpected'],
  ])('complains of %s', (source, message) => {
    expect(sh(source)).toEqual([2, `Syntax error: ${message}\n`]);
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
    for (let n = 0; n < 1500; n++) {
      let source = '';
      for (let i = 0; i < 12; i++) {
        x = (Math.imul(x, 1103515245) + 12345) >>> 0;
        source += bits[(x >>> 16) % bits.length];
      }
      const { status, stderr } = run(programs.get('/bin/sh')!, ['sh', '-nc', source]);
      expect([source, stderr, status === 0 || /^Syntax error: [^\n]+\n$/.test(stderr)]).toEqual([
        source,
        stderr,
        true,
      ]);
    }
  });
});

describe('arithmetic', () => {
  it.each([
    ['1 + 2 * 3', '7'],
    ['(1+2)*3', '9'],
    ['10 / 3', '3'],
    ['-7 / 2', '-3'],
    ['-7 % 3', '-1'],
    ['x', '7'],
    ['h + 1', '17'],
    ['010', '8'],
    ['nothing', '0'],
    ['1 << 4 | 1', '17'],
    ['5 & 3 ^ 1', '0'],
    ['!x', '0'],
    ['~0', '-1'],
    ['x > 6 && x <= 7', '1'],
    ['x == 7 ? 1 : 2', '1'],
    ['2147483647 + 1', '-2147483648'],
    ['-2147483648 / -1', '-2147483648'],
    ['', '0'],
    ['1 ? 2 : 0 ? 3 : 4', '2'],
    ['x != 7 || 0', '0'],
    ['0xff', '255'],
    ['y = x += 3', '10'],
  ])('%s', (source, value) => {
    expect(sh(`x=7 h=0x10; echo $((${source}))`)).toEqual([0, `${value}\n`]);
  });
  it.each(['1 +', '1 2', '3 / 0', '@', '1 % 0', '? 1', '08', 'z'])('refuses %s', (source) => {
    const [status, text] = sh(`z=1x; echo $((${source}))`);
    expect([status, text.startsWith('arithmetic expression: ')]).toEqual([2, true]);
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
    ['[^a-c]x', 'dx', true],
    ['[]]', ']', true],
    ['[]-a]', '_', true],
    ['[a-]', '-', true],
    ['\\*', '*', true],
    ['\\*', 'x', false],
    ['a.b', 'axb', false],
    ['[', '[', true],
    ['a*b*c', 'aXbYc', true],
    ['a*b*c', 'aXbYcZ', false],
    ['[z-a]', 'z', false],
    ['["a-c"]', 'b', false],
  ])('%s against %s', (pattern, text, expected) => {
    expect(sh(`case '${text}' in ${pattern}) echo true;; *) echo false;; esac`)[1]).toBe(`${expected}\n`);
  });
});

describe('at a terminal', () => {
  it('prompts, joins lines, goes on after errors, and ends at the end of the input', () => {
    const stdin =
      'if :\nthen echo two\nfi\nfi\necho $?\necho ${u?no}\n. /nosuch\n"\n"; cat /etc/motd\ncat <<E\nx\nE\n\nfalse\n';
    const system = new System(programs, files, { stdin, tty: true });
    expect([system.run(['/bin/sh']), system.console.join('')]).toEqual([
      1,
      '# > > two\n# Syntax error: "fi" unexpected\n# 2\n# u: no\n' +
        "# .: can't open /nosuch: No such file or directory\n# > \n: not found\ntrap12\n# > > x\n# # # \n",
    ]);
  });
});
