import { compareReports, type Comparison, printable, type Verdict, wrap } from '@trap12/report';
import { EXIT } from '../exit.js';
import { isUnread, json, type Reading, readReport, type ReportIo } from './session.js';

const VERDICTS: Record<Verdict, string> = {
  same: 'one bug',
  perhaps: 'perhaps one bug',
  different: 'not one bug',
  untold: 'cannot be told',
};

/**
 * Says whether two texts are of one bug, and why.
 *
 * @returns the exit status: 0 if they are, 1 if they are not or that cannot be told, 2 if one cannot be read
 */
export async function explainSame(
  first: string,
  second: string,
  view: { json?: boolean },
  io: ReportIo,
): Promise<number> {
  const a = await readReport({ file: first }, io);
  const b = await readReport({ file: second }, io);
  for (const each of [a, b]) if (isUnread(each)) io.stderr(`${printable(each.file)}: ${each.error}\n`);
  if (isUnread(a) || isUnread(b)) return EXIT.usage;
  const comparison = compareReports(a.report, b.report);
  if (view.json === true) io.stdout(json({ schema: 2, ...comparison }));
  else io.stdout(comparisonText(comparison, a, b, io));
  return comparison.verdict === 'same' ? EXIT.done : EXIT.notReproduced;
}

function comparisonText(comparison: Comparison, a: Reading, b: Reading, io: ReportIo): string {
  const { verdict, because, shared, differences } = comparison;
  const style = io.style ?? ((_what, text) => text);
  const lines = wrap(printable(`${VERDICTS[verdict]}: ${because}`), '', '  ').map((line) =>
    style('title', line),
  );
  const pair = (name: string, first: string, second: string): void => {
    lines.push('', style('heading', name));
    lines.push(...wrap(printable(first), '  A ', '      '), ...wrap(printable(second), '  B ', '      '));
  };
  pair('texts', `${a.name}: ${a.report.title}`, `${b.name}: ${b.report.title}`);
  if (shared.length > 0) lines.push('', style('heading', 'in common'));
  for (const { level, title } of shared)
    lines.push(...wrap(printable(title), `  ${level.padEnd(8)} `, ' '.repeat(11)));
  for (const { what, a: first, b: second } of differences) pair(`${what} differs`, first, second);
  return `${lines.join('\n')}\n`;
}
