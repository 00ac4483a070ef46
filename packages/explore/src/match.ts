import { type Derivation, isHelper, plainName, type Report, roleOf } from '@trap12/report';
import { checkNeeds, NEED } from '@trap12/target';
import { plainMessage } from './messages.js';

/** One difference between a wanted panic and one that happened. */
export interface Difference {
  what: string;
  wanted: string;
  got: string;
  /** In words, why it is not the same */
  because: string;
}

/** A difference that a rule holds to be none; EQUIVALENCES lists the rules. */
export interface Equivalence {
  rule: string;
  wanted: string;
  got: string;
}

/** What a panic has in common with the wanted one. */
export interface Match {
  /**
   * `same`: nothing differs but by rule. `near`: the same death in the same function, the same but for the
   * differences.
   */
  verdict: 'same' | 'near' | 'other';
  differences: Difference[];
  equivalences: Equivalence[];
}

/** The rules by which two texts of one panic may differ, by name; docs/reproduce.md has examples. */
export const EQUIVALENCES: Readonly<Record<string, string>> = {
  'helper frames':
    'functions that only bring a panic, a trap or a system call about are not compared where those between them agree',
  'function names': 'a name with underscores, `sys_` or `kern_` in front is the name without',
  'trace cut': 'a trace that ends early agrees as far as it goes',
  'argument counts': 'arguments of frames are never compared, neither their values nor how many there are',
  place: 'a message may end with file and line or with an address; neither is compared',
  'message of another year': 'messages that are known to say the same (messages.ts)',
  'kind of message': 'what a panic is called by its message is not compared where the messages say the same',
  'registers of the instruction': 'the same operation at the same displacement, by other registers',
  'process number': 'numbers of processes are of the run',
  'page only': 'a fault address of which only the page is printed agrees with any address near null',
};

/** Numbers from here on are addresses of the kernel (i386), which no two kernels share. */
const KERNBASE = 0xc0000000;

const words = (value: unknown): string => (value === undefined ? 'nothing' : String(value));

/**
 * Holds a panic against a report of one: the same kind of death (trap class, mode, access, fault address if
 * it is an offset from null; or panic message without numbers; process) at the same kind of instruction,
 * through the same functions in the same order; and what follows from the report (which map, which slot of a
 * page directory, what was asked of whom) follows from the panic, too. Never addresses.
 * @param absent functions of the wanted trace that the kernel which panicked does not have (coverageOf)
 */
export function matchReports(wanted: Report, got: Report, absent: readonly string[] = []): Match {
  checkNeeds(
    'matchReports',
    { wanted, got, absent },
    { wanted: NEED.report, got: NEED.report, absent: NEED.texts },
  );
  const match = new Matching(wanted, got);
  match.death();
  const dead = match.differences.length === 0;
  match.circumstances();
  if (match.differences.length === 0)
    match.differences.push(...derivedDifferences(wanted, got), ...failedChecks(wanted, got));
  const { differences, equivalences } = match;
  const near = dead && match.sameCulprit(absent.map(ourName));
  return { verdict: differences.length === 0 ? 'same' : near ? 'near' : 'other', differences, equivalences };
}

/** What differs, alone: nothing if it is the same panic. */
export function differences(wanted: Report, got: Report): Difference[] {
  return matchReports(wanted, got).differences;
}

class Matching {
  readonly differences: Difference[] = [];
  readonly equivalences: Equivalence[] = [];

  constructor(
    private readonly wanted: Report,
    private readonly got: Report,
  ) {}

  /** What it died of. */
  death(): void {
    const [a, b] = [this.wanted, this.got];
    const says = [a, b].map((each) => (isTrap(each) ? undefined : each.message?.value));
    if (says[0] !== undefined && says[1] !== undefined) {
      this.messages(says[0], says[1]);
      if (this.differences.length === 0 && a.kind !== b.kind) this.alike('kind of message', a.kind, b.kind);
      return;
    }
    const [ac, bc] = [a.signatureParts.class, b.signatureParts.class];
    this.compare('kind', ac, bc, `the report is of ${deathText(a)}, this was ${deathText(b)}`);
    if (this.differences.length > 0) return;
    const [aw, bw] = [a.signatureParts.what, b.signatureParts.what];
    if (aw.endsWith(' near null') && /null\+0x/.test(bw) && aw.split(' near ')[0] === bw.split(' null+')[0])
      this.alike('page only', aw, bw);
    else this.compare('fault', aw, bw, `the fault of the report was "${aw}", this one "${bw}"`);
  }

  /** Where, in which process, on which way. */
  circumstances(): void {
    const [a, b] = [this.wanted, this.got];
    const [ap, bp] = [a.process?.value, b.process?.value];
    const by = (p: typeof ap): string => p?.name ?? 'a process that the text does not tell';
    // A panic by panic() does not say whose it is.
    if (bp?.name !== undefined)
      this.compare('process', ap?.name, bp.name, `it was ${by(bp)} that died, in the report ${by(ap)}`);
    if (ap?.pid !== undefined && bp?.pid !== undefined && ap.pid !== bp.pid)
      this.alike('process number', String(ap.pid), String(bp.pid));
    this.stop();
    this.chain();
  }

  /**
   * Is the function that an engineer would name the same? Or are all functions of the report there in their
   * order, with others between them, as where one kernel has one function and another two? Those that this
   * kernel does not have cannot be there: it is enough if most are not of these. Without any function in the
   * report there is nothing to go by.
   */
  sameCulprit(absent: readonly string[]): boolean {
    const [a, b] = [this.wanted.signatureParts.culprit, this.got.signatureParts.culprit];
    if (a === undefined || (b !== undefined && ourName(a) === ourName(b))) return true;
    const [own, other] = [this.wanted, this.got].map(({ signatureParts: { chain } }) =>
      ownOnly(canonical(chain)).map(({ name }) => name),
    );
    const could = own!.filter((name) => !absent.includes(name));
    let at = -1;
    return could.length * 2 > own!.length && could.every((name) => (at = other!.indexOf(name, at + 1)) >= 0);
  }

  private messages(wanted: string, got: string): void {
    const [a, b] = [plainMessage(wanted), plainMessage(got)];
    this.compare('message', a.text, b.text, `the report says "${wanted}", this one "${got}"`);
    if (a.text !== b.text) return;
    if (a.place !== b.place) this.alike('place', a.place ?? 'none', b.place ?? 'none');
    // Numbers in a message are never compared.
    const [aw, bw] = [wanted, got].map((each) =>
      each
        .split(/ (?:at|@) /)[0]!
        .toLowerCase()
        .replace(/\b(?:0x[\da-f]+|\d+)\b/g, 'n'),
    );
    if (a.means !== undefined && aw !== bw) this.alike('message of another year', wanted, got);
  }

  /** The function and the instruction where it stopped; the debugger's own entry says nothing. */
  private stop(): void {
    const [a, b] = [this.wanted.stoppedAt, this.got.stoppedAt];
    if (a === undefined || (a.debugger === true && b?.debugger === true)) {
      if (a !== undefined && a.function !== b?.function)
        this.alike('helper frames', a.function, words(b?.function));
      return;
    }
    this.compare(
      'function',
      ourName(a.function),
      b && ourName(b.function),
      `it stopped in ${words(b?.function)}, in the report in ${a.function}`,
    );
    const [ai, bi] = [squeeze(a.instruction), squeeze(b?.instruction)];
    if (ai === undefined || ai === bi) return;
    if (bi !== undefined && withoutRegisters(ai) === withoutRegisters(bi))
      this.alike('registers of the instruction', ai, bi);
    else this.compare('instruction', ai, bi, `the instruction was "${words(bi)}", in the report "${ai}"`);
  }

  private chain(): void {
    const [wanted, got] = [this.wanted.signatureParts.chain, this.got.signatureParts.chain];
    const [a, b] = [wanted.join(' '), got.join(' ')];
    if (a === '' || a === b) return;
    const rule = this.chainRule(canonical(wanted), canonical(got));
    if (rule !== undefined) this.alike(rule, a, b);
    else this.compare('functions', a, b, chainText(ownOnly(canonical(wanted)), ownOnly(canonical(got))));
  }

  /** The rule by which two chains are the same. */
  private chainRule(wanted: readonly Named[], got: readonly Named[]): string | undefined {
    if (isBegunBy(got, wanted) && got.length === wanted.length) return 'function names';
    const [own, other] = [ownOnly(wanted), ownOnly(got)];
    const isBegun = isBegunBy(other, own);
    if (own.length > 0 && isBegun && other.length === own.length) return 'helper frames';
    return this.wanted.traceEnd !== 'whole' && isBegun ? 'trace cut' : undefined;
  }

  private compare(what: string, a: string | undefined, b: string | undefined, because: string): void {
    if (a !== undefined && a !== words(b)) this.differences.push({ what, wanted: a, got: words(b), because });
  }

  private alike(rule: string, wanted: string, got: string): void {
    this.equivalences.push({ rule, wanted, got });
  }
}

function isTrap({ kind }: Report): boolean {
  return kind === 'trap' || kind === 'double-fault';
}

function deathText(report: Report): string {
  return report.kind === 'trap' ? report.title : `"${report.title}"`;
}

/** The name under which a function of other years is compared. */
function ourName(name: string): string {
  return plainName(name)
    .replace(/^_+/, '')
    .replace(/^(?:sys_|kern_)/, '');
}

/** A function by the name that is compared, and as its own kernel has it, which is the one to show. */
interface Named {
  name: string;
  printed: string;
}

/** Names as they are compared; `kern_mmap` called by `sys_mmap` is one function of 2001. */
function canonical(chain: readonly string[]): Named[] {
  return chain
    .map((printed) => ({ name: ourName(printed), printed: plainName(printed) }))
    .filter(({ name }, i, all) => name !== all[i - 1]?.name);
}

/** Without the helpers; a boundary between two traps stays. */
function ownOnly(chain: readonly Named[]): Named[] {
  return chain.filter(({ name }) => name === '|' || !(isHelper(name) || roleOf(name) === 'way'));
}

const isBegunBy = (chain: readonly Named[], first: readonly Named[]): boolean =>
  first.every(({ name }, i) => name === chain[i]?.name);

/** Where two chains part, in words. */
function chainText(wanted: readonly Named[], got: readonly Named[]): string {
  const at = wanted.findIndex(({ name }, i) => name !== got[i]?.name);
  const printed = (chain: readonly Named[]): string => chain.map((each) => each.printed).join(', ');
  if (at < 0) return `it was called from ${printed(got.slice(wanted.length))} besides`;
  const side = (chain: readonly Named[]): string =>
    chain[at] === undefined ? 'nothing' : chain[at].name === '|' ? 'a trap' : chain[at].printed;
  const after = at === 0 ? 'the innermost function is' : `behind ${wanted[at - 1]!.printed} comes`;
  return `${after} ${side(got)}, in the report ${side(wanted)}`;
}

/**
 * What follows from the wanted report and not from the other; two builds of one source may differ in where
 * things are.
 */
function derivedDifferences(wanted: Report, got: Report): Difference[] {
  const have = new Map<string, string[]>();
  for (const fact of got.derived) have.set(fact.rule, [...(have.get(fact.rule) ?? []), portable(fact)]);
  const out: Difference[] = [];
  for (const fact of wanted.derived) {
    if (fact.aboutBuild) continue;
    const text = portable(fact);
    const others = have.get(fact.rule) ?? [];
    const because = `from the report it follows that ${fact.claim}; from this one it does not`;
    if (!others.includes(text))
      out.push({ what: fact.rule, wanted: text, got: others.join(' or ') || 'nothing', because });
  }
  return out;
}

/** A derived fact without addresses of the kernel. */
function portable(fact: Derivation): string {
  return Object.entries(fact.values)
    .map(([name, value]) => `${name}=${typeof value === 'string' ? withoutAddress(value) : String(value)}`)
    .join(' ');
}

function withoutAddress(value: string): string {
  return /^0x[0-9a-f]+$/.test(value) && Number(value) >= KERNBASE ? '(kernel address)' : value;
}

/** Checks of facts against each other that hold in the wanted report and fail in the other. */
function failedChecks(wanted: Report, got: Report): Difference[] {
  const failed = new Map(got.checks.filter((check) => !check.ok).map((check) => [check.name, check.detail]));
  return wanted.checks
    .filter((check) => check.ok && failed.has(check.name))
    .map(({ name, detail }) => {
      const other = failed.get(name)!;
      return { what: name, wanted: detail, got: other, because: `in this one it does not hold: ${other}` };
    });
}

function squeeze(text: string | undefined): string | undefined {
  return text?.replace(/\s+/g, ' ').trim();
}

function withoutRegisters(instruction: string): string {
  return instruction.replace(/%[a-z]+/g, '%r');
}
