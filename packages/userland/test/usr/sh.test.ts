// biome-ignore-all lint/suspicious/noTemplateCurlyInString: shell text
import { describe, expect, it } from 'vitest';
import { type Outcome, program, run, type Setting } from './run.js';

const sh = await program('bin/sh');
const command = (text: string, setting: Partial<Setting> = {}): Outcome =>
  run(sh, ['sh', '-c', text], setting);
const told = ({ stdout, stderr }: Outcome): string => stdout + stderr;

/** Shell text and what it writes, on both descriptors. */
const CASES: [string, string][] = [
  ['echo "a  b" c', 'a  b c\n'],
  ['x=5; echo $x "$x" \'$x\' ${x}y', '5 5 $x 5y\n'],
  ['unset n; echo ${n:-d} ${n-d} [${n:+s}] ${n:=v} $n ${n:+s}', 'd d [] v v s\n'],
  ['y=a.b.c; echo ${y#*.} ${y##*.} ${y%.*} ${y%%.*} ${#y}', 'b.c c a.b a 5\n'],
  ['v="a  b"; set -- $v; echo $#; set -- "$v"; echo $#', '2\n1\n'],
  ['set -- "a b" c; for i in "$@"; do echo "<$i>"; done; echo "$*" $#', '<a b>\n<c>\na b c 2\n'],
  ['set --; echo "$@"x; for i in "$@"; do echo no; done; for i in ""; do echo "[$i]"; done', 'x\n[]\n'],
  ['IFS=:; p=a:b:c; set -- $p; unset IFS; echo $1 $3 $#', 'a c 3\n'],
  ['i=3; echo $((i*2+1)) $((i+=4)) $i', '7 7 7\n'],
  ['for i in 1 2 3; do [ $i = 2 ] && continue; echo $i; done', '1\n3\n'],
  ['for i in 1 2 3; do for j in a b; do [ $i = 2 ] && break 2; echo $i$j; done; done', '1a\n1b\n'],
  ['i=0; while [ $i -lt 3 ]; do i=$((i+1)); done; until [ $i -le 1 ]; do i=$((i-1)); done; echo $i', '1\n'],
  ['if false; then echo a; elif true; then echo b; else echo c; fi', 'b\n'],
  ['case foo.c in *.h) echo h;; *.c|*.s) echo c;; *) echo other;; esac', 'c\n'],
  ['case "*" in "*") echo star;; esac; case x in "?") echo no;; [!a-w]) echo yes;; esac', 'star\nyes\n'],
  ['f() { local x=in; echo "$x $1 $#"; return 3; }; x=out; f a b; echo $? $x', 'in a 2\n3 out\n'],
  ['! true; echo $?; ! false; echo $?', '1\n0\n'],
  ['true && echo and || echo or; false && echo and || echo or', 'and\nor\n'],
  ['printf() { echo fn; }; printf; unset -f printf; type echo', 'fn\necho is a shell builtin\n'],
  ['cd /bin; pwd; cd /tmp; cd -; cd /nosuch; echo $?', "/bin\n/bin\n2\ncd: can't cd to /nosuch\n"],
  [
    'eval "a=1; echo \\$a"; set -- x y z; shift 2; echo $1 $#; shift 5; echo $?',
    "1\nz 1\n2\nshift: can't shift that many\n",
  ],
  ['umask 022; umask; umask 8', '0022\numask: Illegal number: 8\n'],
  ['echo a#b # comment\n#another\necho c', 'a#b\nc\n'],
  [
    'test 1 -gt x; echo $?; [ -d /tmp -a ! -f /tmp ] && echo dir; [ a; echo $?',
    '2\ndir\n2\ntest: x: bad number\n[: missing ]\n',
  ],
  ['[ ! "" ] && [ ! = x -o a = a ] && [ \\( 1 -lt 2 \\) -a -n x ] && [ b \\> a ] && echo all', 'all\n'],
  // Beyond the old one.
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
    'a:\nb:X\nc:X\n?:X\n5\nNo arg for -b option\n',
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
    'set -- "it\'s"; x="it\'s"; export x; set -u; export -p; readonly R=1; readonly',
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
    '2\n2\nok\n1\n9: Bad file descriptor\ncannot create /no/such: No such file or directory\n',
  ],
  [
    'set -C; echo a > /tmp/c; echo b > /tmp/c; echo c >| /tmp/c; read x < /tmp/c; echo $x',
    'c\ncannot create /tmp/c: File exists\n',
  ],
  ['exec 3> /tmp/e; echo three >&3; exec 3>&- 4< /tmp/e; read x <&4; echo $x', 'three\n'],
  [
    'echo /t*/ /*/sub/? "/t*" /no/such* [ *.zz; cd /tmp/sub; echo * .*; echo [!a]* [a-b]',
    '/tmp/ /tmp/sub/a /tmp/sub/b /t* /no/such* [ *.zz\na b c.d . .. .h\nb c.d a b\n',
  ],
  ['HOME=/h; echo ~ ~/x "~" a~; x=~/y:~; echo $x ${u:-~}', '/h /h/x ~ a~\n/h/y:/h /h\n'],
  [
    "trap 'echo bye' EXIT; trap 'echo hup' 1; trap; trap - HUP; trap '' TERM; trap; trap x NOSUCH",
    "trap -- 'echo bye' EXIT\ntrap -- 'echo hup' HUP\ntrap -- 'echo bye' EXIT\ntrap -- '' TERM\nbye\ntrap: bad signal NOSUCH\n",
  ],
  [
    '. /tmp/lib; echo $lib; . /nosuch; echo $?; command -v echo f; command -V f; type f nosuch',
    "set 7\n2\necho\nf: not found\nf: not found\nnosuch: not found\n.: can't open /nosuch: No such file or directory\n",
  ],
  [
    'ulimit -n 20; ulimit -n; ulimit -Hn; ulimit -c unlimited; ulimit -z; ulimit -n x',
    '20\n20\nulimit: Illegal option -z\nulimit: bad number\n',
  ],
  ['kill -l | x=1; :', ''],
  [
    'kill -l 9; kill -l 143; kill 4294967297; kill x; kill -FOO 1 2> /dev/null; echo $?',
    'kill\nterm\n1\nkill: illegal process id: 4294967297\nkill: illegal process id: x\n',
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
  ['\u00e4=1; echo "\u00e4\u0080\u0081\u0088" \u0081x; x="\u0082*"; echo "$x" ${x#?}', '\u00e4=1: not found'],
];

const files = {
  'bin/': '',
  'tmp/sub/a': '',
  'tmp/sub/b': '',
  'tmp/sub/c.d': '',
  'tmp/sub/.h': '',
  'tmp/lib': 'set -- 7\nlib="set $1"\nreturn 3\nlib=no\n',
  'dev/null': '',
};

describe('commands', () => {
  it.each(CASES.slice(0, -1))('%s', (text, expected) => {
    expect(told(command(text, { files }))).toBe(expected);
  });
});
