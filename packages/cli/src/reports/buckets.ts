import {
  type BucketNode,
  type BucketTree,
  bucketTree,
  type Counted,
  counted,
  countedOf,
  printable,
  wrap,
} from '@trap12/report';
import { EXIT } from '../exit.js';
import { filesOf } from './input.js';
import { unreadText } from './many.js';
import { isUnread, json, readTriage, type ReportIo, type Unread } from './session.js';

/** Files that a row names; more are counted. */
const FILES_SHOWN = 3;

/**
 * Sorts all reports that the names stand for into a tree of buckets.
 *
 * @returns the exit status: 0 if there was a report, else 2
 */
export async function explainBuckets(
  names: readonly string[],
  view: { json?: boolean },
  io: ReportIo,
): Promise<number> {
  const files = [...filesOf(names)];
  const found: Counted[] = [];
  const missed: Unread[] = [];
  for (const [i, file] of files.entries()) {
    if (io.terminal === true) progress(io, i, files.length);
    const reading = await readTriage(file, io);
    if (isUnread(reading)) missed.push(reading);
    else found.push(countedOf(reading.name, reading.report));
  }
  if (io.terminal === true) io.stderr('\r\u001b[K');
  const tree = bucketTree(found);
  if (view.json === true) io.stdout(json({ schema: 2, ...tree, unread: missed }));
  else io.stdout(treeText(tree, io) + unreadText(missed));
  return found.length > 0 ? EXIT.done : EXIT.usage;
}

function progress(io: ReportIo, done: number, total: number): void {
  const width = 30;
  const full = Math.floor((done * width) / Math.max(total, 1));
  io.stderr(`\r[${'#'.repeat(full)}${'.'.repeat(width - full)}] ${done}/${total}`);
}

function treeText({ reports, nodes, apart }: BucketTree, io: ReportIo): string {
  const buckets = nodes.reduce((sum, node) => sum + leaves(node), 0);
  const out = [`${counted(reports, 'report')}, ${counted(buckets + apart.length, 'bucket')}`];
  for (const node of nodes) out.push(...nodeLines(node, 0, io));
  if (apart.length > 0) {
    out.push(row(apart.length, 0, 'without a frame of their own, each apart'));
    for (const { file, title } of apart)
      out.push(...wrap(printable(`${title}: ${file}`), ' '.repeat(10), ' '.repeat(12)));
  }
  return `${out.join('\n')}\n`;
}

function leaves(node: BucketNode): number {
  return node.children.length === 0 ? 1 : node.children.reduce((sum, child) => sum + leaves(child), 0);
}

function row(count: number, depth: number, text: string): string {
  return `${String(count).padStart(6)}  ${'  '.repeat(depth)}${text}`;
}

/** A node with what is below it. Where a level has only one finer name, the finer one alone is shown. */
function nodeLines(coarse: BucketNode, depth: number, io: ReportIo): string[] {
  let node = coarse;
  while (node.children.length === 1) node = node.children[0]!;
  // Below its coarser name a title need not repeat it; in its place it has to.
  const title =
    node.title.startsWith(coarse.title) || depth > 0 ? node.title : `${coarse.title}: ${node.title}`;
  const style = io.style ?? ((_what, text) => text);
  const indent = ' '.repeat(8 + 2 * depth);
  const [first = '', ...more] = wrap(printable(title), indent, `${indent}  `);
  const out = [style('title', row(node.count, depth, first.trimStart())), ...more];
  const about = aboutNode(node);
  if (about !== '') out.push(...wrap(printable(about), `${indent}  `, `${indent}  `));
  if (node.children.length === 0) {
    const shown = node.files.slice(0, FILES_SHOWN).join(' ');
    const rest = node.files.length > FILES_SHOWN ? ` and ${node.files.length - FILES_SHOWN} more` : '';
    const lines = wrap(printable(shown + rest), `${indent}  `, `${indent}  `);
    out.push(...lines.map((line) => style('place', line)));
  }
  for (const child of node.children) out.push(...nodeLines(child, depth + 1, io));
  return out;
}

/** `FreeBSD 12.1-RELEASE to 14.0-CURRENT; amd64, i386; 2 to be set aside` */
function aboutNode({ versions, arches, suppressed, corrupted }: BucketNode): string {
  const ranges = versions.map(({ system, first, last }) =>
    first === last ? `${system} ${first}` : `${system} ${first} to ${last}`,
  );
  return [
    ranges.join(', '),
    arches.join(', '),
    suppressed === 0 ? '' : `${suppressed} to be set aside`,
    corrupted === 0 ? '' : `${corrupted} not to be trusted`,
  ]
    .filter((each) => each !== '')
    .join('; ');
}
