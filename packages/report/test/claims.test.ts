import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { NAMED_STATEMENTS, parseReport, type Report } from '../src/index.js';

/*
 * Texts of every kind with a written list of all that may be said about each: the headline, the identity, the
 * place, the frames, the damage, and every derived claim with how sure it is. The lists were read by eye,
 * line by line, against the texts; a claim that is not in its list is not known to be true.
 */

const FOLDER = new URL('./claims/', import.meta.url);

function processText(report: Report): string {
  const process = report.process?.value;
  if (process === undefined) return 'not known';
  if (process.idle === true) return 'idle';
  return [
    process.name,
    process.pid === undefined ? undefined : `pid ${process.pid}`,
    process.tid === undefined ? undefined : `thread ${process.tid}`,
  ]
    .filter((each) => each !== undefined)
    .join(', ');
}

function placeText(report: Report): string {
  const place = report.faultPlace;
  if (place === undefined) return 'none';
  const at = (each: { function: string; offset?: number }) =>
    `${each.function}${each.offset === undefined ? '' : `+0x${each.offset.toString(16)}`}`;
  const parts = [
    place.jump === undefined ? '' : `${place.jump} jump`,
    place.function === undefined ? (place.address ?? '') : at({ ...place, function: place.function }),
    place.source === undefined ? '' : `${place.source.file}:${place.source.line ?? '?'}`,
    place.caller === undefined ? '' : `called from ${at(place.caller)}`,
  ];
  return parts.filter(Boolean).join(', ');
}

/** All that is said about a text, one statement a line. */
function statements(report: Report): string {
  const kernel = report.kernel?.release === undefined ? '' : ` ${report.kernel.release}`;
  const out = [
    `title: ${report.title}`,
    `of: ${report.system}${report.product === undefined ? '' : ` (${report.product})`}${kernel}, ${report.arch}`,
    `process: ${processText(report)}`,
    `place: ${placeText(report)}`,
    `frames: ${report.frames.map((frame) => frame.function).join(' ') || 'none'}`,
    `own: ${report.ownFrames.join(' ') || 'none'}`,
    `trace: ${report.traceStyle ?? 'none'}, ${report.traceEnd ?? 'none'}`,
    `bucket: ${report.buckets.at(-1)!.key}`,
    `registers of: ${report.registersOf ?? 'nothing'}`,
  ];
  for (const each of report.others)
    out.push(
      `also: ${each.kind} ${each.message?.value ?? each.trap?.name?.value ?? ''}${each.consequence === undefined ? '' : `, as ${each.consequence.value}`}`,
    );
  for (const each of report.otherTraces)
    out.push(
      `trace aside: ${each.purpose ?? 'unnamed'}: ${each.frames.map((frame) => frame.function).join(' ')}`,
    );
  for (const [what, value] of [
    ['unbucketed', report.unbucketed],
    ['suppressed', report.suppressed],
    ['bystander', report.bystander],
    ['corrupted', report.corrupted],
  ])
    if (value !== undefined) out.push(`${what}: ${value}`);
  for (const each of report.recipe) out.push(`recipe: ${each.text}`);
  for (const each of report.programs)
    out.push(`program: ${each.name ?? 'unnamed'}, ${each.lines} lines, ${each.calls.join(' ')}`);
  if (report.ps.length > 0) out.push(`processes: ${report.ps.map((each) => each.name).join(', ')}`);
  for (const each of report.locks)
    out.push(`lock: ${each.mode ?? ''} ${each.name} ${each.at?.file ?? ''}:${each.at?.line ?? ''}`);
  if (report.unread.length > 0) out.push(`not read: ${report.unread.join(', ')}`);
  const { natures } = report;
  out.push(`rests on: ${NAMED_STATEMENTS.map((each) => `${each} ${natures[each]}`).join(', ')}`);
  for (const each of report.damage) out.push(`damage: ${each.kind}: ${each.what} (${each.reason})`);
  for (const each of report.derived) out.push(`${each.confidence}: ${each.claim}`);
  for (const each of report.checks) out.push(`check ${each.ok ? 'holds' : 'fails'}: ${each.name}`);
  return `${out.join('\n')}\n`;
}

const NAMES = readdirSync(FOLDER)
  .filter((name) => name.endsWith('.txt'))
  .map((name) => name.slice(0, -4));

describe('nothing is said of a text that its list does not have', () => {
  for (const name of NAMES) {
    it(name, async () => {
      const report = parseReport(readFileSync(new URL(`${name}.txt`, FOLDER)));
      await expect(statements(report)).toMatchFileSnapshot(`./claims/${name}.claims`);
    });
  }
});

describe('what names a bug', () => {
  for (const name of NAMES) {
    it(`${name}: keys and title hold no address, no process, no way in`, () => {
      const report = parseReport(readFileSync(new URL(`${name}.txt`, FOLDER)));
      for (const text of [report.title, ...report.buckets.flatMap((each) => [each.key, each.title])]) {
        expect(text).not.toMatch(/0x[0-9a-f]{5}|\b[0-9a-f]{8,16}\b/);
        const process = report.process?.value.name;
        // As a word of its own: a function's name may hold that of a program.
        if (process !== undefined) expect(text.split(/[^\w.-]+/)).not.toContain(process);
        expect(text).not.toMatch(/amd64_syscall|fast_syscall_common|Xsyscall|calltrap|trap_pfault|fork_exit/);
      }
    });
  }
});
