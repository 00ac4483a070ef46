/** Scripts for sh: of its grammar, and the same with damage. */

const NAMES = ['a', 'b', 'x', 'IFS', 'PATH', 'HOME', 'OPTIND', 'PS4', '_', 'longer_name9', 'OPTARG', 'PWD'];
// biome-ignore lint/suspicious/noTemplateCurlyInString: they are a shell's
const SPECIALS = ['$?', '$#', '$@', '"$@"', '$*', '"$*"', '$$', '$!', '$-', '$0', '$1', '${10}', '$9'];
const NUMBERS = ['0', '1', '-1', '2', '7', '127', '255', '256', '32768', '65536', '2147483647', '2147483648'];
const BIG = [
  '4294967295',
  '4294967296',
  '-2147483648',
  '9223372036854775807',
  '99999999999999999999',
  '08',
  '0x7fffffff',
];
const WORDS = [
  'word',
  '*',
  '?',
  '[a-z]*',
  '[!',
  '~',
  '~root',
  'a=b',
  '-n',
  '--',
  '-',
  './f',
  '/etc/lines',
  '/etc/*',
  '{a,b}',
  '\\',
  '#c',
];
const FILES = [
  '/etc/lines',
  '/etc/empty',
  '/etc/binary',
  '/dev/null',
  'out',
  'd/x',
  '/tmp/none/x',
  '.',
  '/etc',
  '/dev/zero',
  '&1',
  '&2',
  '&-',
  '&9',
  './f',
];
const BUILTINS = [
  ':',
  '.',
  '[',
  'bg',
  'break',
  'cd',
  'command',
  'continue',
  'echo',
  'eval',
  'exit',
  'export',
  'false',
  'fg',
  'getopts',
  'hash',
  'jobs',
  'kill',
  'local',
  'printf',
  'pwd',
  'read',
  'readonly',
  'return',
  'set',
  'shift',
  'test',
  'times',
  'trap',
  'true',
  'type',
  'ulimit',
  'umask',
  'unset',
  'wait',
  'exec',
  'alias',
  'unalias',
  'bltin',
  'fc',
];
const PROGRAMS = [
  'cat',
  'wc',
  'ls',
  'sort',
  'grep a',
  'tr a b',
  'head -2',
  'expr 1 +',
  'env',
  'sleep 0',
  'id',
  'seq 3',
  'cut -c1',
  'tail -1',
  'sh',
];
const SETS = [
  '-e',
  '-u',
  '-f',
  '-x',
  '-n',
  '-v',
  '-a',
  '-C',
  '-m',
  '-b',
  '-o',
  '+o',
  '--',
  '-eu',
  '+e',
  '-E',
  '-I',
];
const SIGNALS = ['0', 'EXIT', 'INT', 'TERM', 'HUP', '2', '15', 'CHLD', 'ALRM', 'NONE', '99', '-1', 'USR1'];
const FORMATS = [
  '%s',
  '%d',
  '%5.3d',
  '%-*s',
  '%c',
  '%b',
  '%x',
  '%%',
  '%',
  '%q',
  '\\n',
  '\\0',
  '\\x',
  '%2147483647d',
  '%.99999s',
  '%*.*d',
  '%1$s',
  '\\c',
  '%lld',
];
/** What damage puts in. */
const PIECES = [
  "'",
  '"',
  '`',
  '$(',
  ')',
  '${',
  '}',
  '$((',
  '))',
  '(',
  '{',
  ';',
  ';;',
  '&',
  '&&',
  '|',
  '||',
  '\n',
  '<',
  '>',
  '<<',
  '<<E\n',
  '>>',
  '>&',
  '<&',
  '<>',
  '>|',
  '\\',
  '#',
  '!',
  '$',
  '*',
  '[',
  ']',
  '~',
  '=',
  '\t',
  ' ',
  '\x01',
  '\x80',
  '\x81',
  '\x82',
  '\x84',
  '\x88',
  '\xff',
  '\r',
  'if ',
  'then ',
  'fi',
  'for ',
  'do ',
  'done',
  'case ',
  'esac',
  'while ',
  'in ',
  '<<-E\n',
  'E\n',
  '\nE\n',
  "$'",
  '%%',
  '##',
  ':-',
];

class Script {
  constructor(random) {
    this.r = random;
    this.documents = [];
  }

  /** Lists at a depth; deeper ones are shorter. */
  list(depth) {
    const { r } = this;
    return (
      r
        .list(1, depth > 1 ? 2 : 4, () => this.andOr(depth) + r.pick(['; ', '\n', '\n', ' &\n', '; ']))
        .join('') + this.pending()
    );
  }

  pending() {
    const texts = this.documents.splice(0);
    return texts.length === 0 ? '' : `\n${texts.join('')}`;
  }

  andOr(depth) {
    const { r } = this;
    let out = this.pipeline(depth);
    while (r.once(4)) out += r.pick([' && ', ' || ']) + this.pipeline(depth);
    return out;
  }

  pipeline(depth) {
    const { r } = this;
    let out = (r.once(8) ? '! ' : '') + this.command(depth);
    while (r.once(5)) out += ` | ${this.command(depth)}`;
    return out;
  }

  command(depth) {
    const { r } = this;
    if (depth < 4 && r.once(3)) return this.compound(depth + 1) + (r.once(4) ? this.redirection() : '');
    const out = r.list(0, r.once(4) ? 2 : 0, () => `${r.pick(NAMES)}=${this.word(depth)} `).join('');
    return out + this.simple(depth) + (r.once(3) ? this.redirection() : '');
  }

  simple(depth) {
    const { r } = this;
    switch (r.below(10)) {
      case 0:
        return `set ${r.list(0, 3, () => r.pick(SETS)).join(' ')} ${r.list(0, 3, () => this.word(depth)).join(' ')}`;
      case 1:
        return `trap ${this.word(depth)} ${r.list(0, 3, () => r.pick(SIGNALS)).join(' ')}`;
      case 2:
        return `printf ${this.quoted(r.list(1, 4, () => r.pick(FORMATS)).join(''))} ${this.words(depth)}`;
      case 3:
      case 4:
        return `${r.pick(PROGRAMS)} ${r.once(2) ? this.words(depth) : ''}`;
      case 5:
        return `echo ${this.words(depth)}`;
      case 6:
        return this.test(depth);
      default:
        return `${r.pick(BUILTINS)} ${this.words(depth)}`;
    }
  }

  test(depth) {
    const { r } = this;
    const one = () =>
      r.once(2)
        ? `${r.pick(['-f', '-d', '-n', '-z', '-e', '-t', '-x', '-r', '!', '-h'])} ${this.word(depth)}`
        : `${this.word(depth)} ${r.pick(['=', '!=', '-eq', '-lt', '-gt', '-le', '-a', '-o', '<', '-nt', '-ef'])} ${this.word(depth)}`;
    return `${r.pick(['[', 'test', '['])} ${r.list(0, 3, one).join(r.pick([' -a ', ' -o ', ' ']))} ]`;
  }

  compound(depth) {
    const { r } = this;
    const body = () => this.list(depth);
    switch (r.below(9)) {
      case 0:
        return `if ${body()} then ${body()} ${r.once(2) ? `elif ${body()} then ${body()}` : ''} else ${body()} fi`;
      case 1:
        return `for ${r.pick(NAMES)} in ${this.words(depth)}\ndo ${body()} done`;
      case 2:
        return `while ${r.pick(['false', 'read x', 'shift', '! true'])}\ndo ${body()} done < /etc/empty`;
      case 3:
        return `until true\ndo ${body()} done`;
      case 4:
        return `case ${this.word(depth)} in ${r.list(0, 3, () => `${r.pick(['(', ''])}${this.word(depth)}${r.once(3) ? `|${this.word(depth)}` : ''}) ${body()} ;;\n`).join('')} esac`;
      case 5:
        return `( ${body()} )`;
      case 6:
        return `{ ${body()} }`;
      case 7:
        // Called from outside only: a function without an end is a stack without an end, and that is SIGSEGV.
        return `fn${depth}() { ${body()} }\nfn${depth} ${this.words(depth)}`;
      default:
        return `i=0; while [ $i -lt ${r.below(5)} ]; do i=$((i+1)); ${body()} done`;
    }
  }

  words(depth) {
    return this.r.list(0, 3, () => this.word(depth)).join(' ');
  }

  word(depth) {
    return this.r.list(1, this.r.once(3) ? 3 : 1, () => this.part(depth)).join('');
  }

  part(depth) {
    const { r } = this;
    switch (r.below(depth > 4 ? 7 : 12)) {
      case 0:
        return r.pick(NUMBERS);
      case 1:
        return r.pick(BIG);
      case 2:
        return `$${r.pick(NAMES)}`;
      case 3:
        return r.pick(SPECIALS);
      case 4:
      case 5:
        return r.pick(WORDS);
      case 6:
        return r.once(20)
          ? r.pick(['a', '*', '\\$', '"x"', '[', '\x81']).repeat(1 + r.below(2000))
          : r.pick(['""', "''", '"$a"', "'$a'"]);
      case 7:
        return `\${${r.once(9) ? '#' : ''}${r.pick([...NAMES, '1', '@', '*', '#', '?', '-', '$', '!', '99999999999'])}${r.pick(['', ':-', '-', ':=', '=', ':+', '+', ':?', '?', '#', '##', '%', '%%'])}${r.once(3) ? '' : this.word(depth + 1)}}`;
      case 8:
        return `$((${this.sum(depth)}))`;
      case 9:
        return `$(${this.list(depth + 2)})`;
      case 10:
        return `\`${this.simple(depth + 2).replaceAll('`', '')}\``;
      default:
        return this.quoted(this.word(depth + 1));
    }
  }

  sum(depth) {
    const { r } = this;
    const value = () =>
      r.once(4) && depth < 5
        ? `(${this.sum(depth + 1)})`
        : r.pick([...NUMBERS, ...BIG, 'a', '$x', '-b', '~a', '!a', 'a', '']);
    const one = () =>
      `${value()}${r.pick(['+', '-', '*', '/', '%', '<<', '>>', '==', '&&', '||', '&', '|', '^', '<', '=', '+=', '?1:', ',', '/='])}`;
    return r.list(0, 4, one).join('') + value();
  }

  quoted(text) {
    return this.r.pick([() => `"${text}"`, () => `'${text.replaceAll("'", '')}'`, () => `\\${text}`])();
  }

  redirection() {
    const { r } = this;
    if (r.once(4)) {
      const end = r.pick(['E', "'E'", '"E"', '\\E']);
      this.documents.push(`${r.list(0, 3, () => `${this.part(3)}\n`).join('')}${r.once(12) ? '' : 'E\n'}`);
      return ` <<${r.pick(['', '-'])}${end}`;
    }
    return ` ${r.pick(['', '', '0', '1', '2', '3', '9', '10', '99999'])}${r.pick(['<', '>', '>>', '<>', '>|', '>', '<'])}${r.pick(FILES)}`;
  }
}

/** Cuts, doubles, swaps and puts in, a few times. */
export function damaged(text, r, pieces = PIECES) {
  let out = text;
  for (let n = 1 + r.below(4); n > 0; n--) {
    const i = r.below(out.length + 1);
    const j = Math.min(out.length, i + r.below(30));
    switch (r.below(7)) {
      case 0:
        out = out.slice(0, i) + out.slice(j);
        break;
      case 1:
        out = out.slice(0, j) + out.slice(i, j) + out.slice(j);
        break;
      case 2:
        out = out.slice(0, i);
        break;
      case 3:
        out = `${out.slice(0, i)}${String.fromCharCode(1 + r.below(255))}${out.slice(i + 1)}`;
        break;
      case 4:
        out = out.slice(0, i) + r.pick(pieces).repeat(r.once(20) ? 1 + r.below(300) : 1) + out.slice(i);
        break;
      default:
        out = out.slice(0, i) + r.pick(pieces) + out.slice(i);
    }
  }
  return out;
}

/** A script of the grammar, two in three of them damaged, or a few bytes of any kind. */
export function script(r) {
  if (r.once(20)) return String.fromCharCode(...r.bytes(r.below(300)));
  const text = new Script(r).list(0);
  return r.once(3) ? text : damaged(text, r);
}
