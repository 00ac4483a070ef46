import type { Derivation, Report } from '@trap12/report';

/** One difference between a wanted panic and one that happened. */
export interface Difference {
  what: string;
  wanted: string;
  got: string;
}

/** Numbers from here on are addresses of the kernel (i386), which no two kernels share. */
const KERNBASE = 0xc0000000;

const words = (value: unknown): string => (value === undefined ? 'nothing' : String(value));

/**
 * Holds a panic against a report of one: the same kind of death (trap class, mode, access, fault address if it is an offset from null,
 * process) at the same kind of instruction, through the same functions in the same order; and what follows from the report (which
 * map, which slot of a page directory, what was asked of whom) follows from the panic, too. Never addresses.
 * @returns what differs; nothing if it is the same panic
 */
export function differences(wanted: Report, got: Report): Difference[] {
  const out: Difference[] = [];
  const compare = (what: string, a: unknown, b: unknown): void => {
    if (a !== undefined && words(a) !== words(b)) out.push({ what, wanted: words(a), got: words(b) });
  };
  compare('kind', wanted.signatureParts.class, got.signatureParts.class);
  compare('fault', wanted.signatureParts.what, got.signatureParts.what);
  compare('process', wanted.process?.value.name, got.process?.value.name);
  compare('process id', wanted.process?.value.pid, got.process?.value.pid);
  compare('function', wanted.stoppedAt?.function, got.stoppedAt?.function);
  compare('instruction', squeeze(wanted.stoppedAt?.instruction), squeeze(got.stoppedAt?.instruction));
  compare('functions', wanted.signatureParts.chain.join(' '), got.signatureParts.chain.join(' '));
  if (out.length === 0) out.push(...derivedDifferences(wanted, got), ...failedChecks(wanted, got));
  return out;
}

/** What follows from the wanted report and not from the other; two builds of one source may differ in where things are. */
function derivedDifferences(wanted: Report, got: Report): Difference[] {
  const have = new Map<string, string[]>();
  for (const fact of got.derived) have.set(fact.rule, [...(have.get(fact.rule) ?? []), portable(fact)]);
  const out: Difference[] = [];
  for (const fact of wanted.derived) {
    if (fact.aboutBuild) continue;
    const text = portable(fact);
    const others = have.get(fact.rule) ?? [];
    if (!others.includes(text))
      out.push({ what: fact.rule, wanted: text, got: others.join(' or ') || 'nothing' });
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
    .map((check) => ({ what: check.name, wanted: check.detail, got: failed.get(check.name)! }));
}

function squeeze(text: string | undefined): string | undefined {
  return text?.replace(/\s+/g, ' ').trim();
}
