import type { DamageKind, Report } from '../types.js';
import { MISSING } from '../forms/witness-order.js';
import { type Item, item } from './item.js';

/** What stands before a damage; that it is one was told by a rule, which may err. */
const KINDS: Record<DamageKind, string> = {
  unread: 'not read',
  truncated: 'likely truncated',
  contradictory: 'contradictory',
  garbled: 'likely garbled',
  gap: 'gap',
  interleaved: 'likely interleaved',
  reordered: 'likely reordered',
  limit: 'limit',
};

/** What the text leaves open: its damage first, then what no text of this kind would have told. */
export function unclear(report: Report): Item[] {
  const out = report.damage.map((damage) =>
    item(`${KINDS[damage.kind]}: ${damage.what} (${damage.reason})`, damage.span),
  );
  const rules = new Set(report.derived.map((each) => each.rule));
  if (rules.has('page-directory-slot'))
    out.push(
      item('how the page directory came to be unmapped while it was still in use: the text does not say'),
    );
  const field = report.derived.find((each) => each.rule === 'null-pointer-field');
  if (field?.claim.includes('structure') === true && !rules.has('null-pointer-struct'))
    out.push(
      item('which structure the null pointer should have pointed to: no layouts of this kernel are at hand'),
    );
  if (rules.has('freed-memory') && !report.otherTraces.some((each) => each.purpose === 'freed'))
    out.push(item('who freed the memory, and when: not read'));
  const missing = report.details[MISSING];
  if (missing !== undefined)
    out.push(
      item(
        `where the orders ${missing.value} were first seen: the kernel says that it has no data of that`,
        missing.span,
      ),
    );
  if (report.unread.includes('version'))
    out.push(item('which kernel it was: no line was read as its version'));
  if (report.kind === 'trap' && report.unread.includes('registers')) out.push(item('registers: not read'));
  return out;
}
