import {
  counted,
  printable,
  processText,
  renderReport,
  type Report,
  systemText,
  type Triage,
  wrap,
} from '@trap12/report';
import { EXIT } from '../exit.js';
import { filesOf, type Found } from './input.js';
import { isUnread, type Reading, readReport, readTriage, type ReportIo, type Unread } from './session.js';

/** How each of several reports is shown. */
export interface ManyView {
  brief?: boolean;
  title?: boolean;
  json?: boolean;
}

/**
 * Explains all reports that the names stand for, one after another as they are read, and sums up. What cannot
 * be read or holds no report is named, and ends nothing.
 *
 * @returns the exit status: 0 if there was a report, else 2
 */
export async function explainMany(names: readonly string[], view: ManyView, io: ReportIo): Promise<number> {
  if (view.json !== true && view.title === true) return sinkAll(names, new TitleSink(io), readTriage, io);
  return sinkAll(names, view.json === true ? new JsonSink(io) : new TextSink(io, view), readReport, io);
}

async function sinkAll<T extends Triage>(
  names: readonly string[],
  sink: Sink<T>,
  read: (found: Found, io: ReportIo) => Promise<Reading<T> | Unread>,
  io: ReportIo,
): Promise<number> {
  for (const found of filesOf(names)) {
    const reading = await read(found, io);
    if (isUnread(reading)) sink.unread(reading);
    else sink.report(reading);
  }
  return sink.end() > 0 ? EXIT.done : EXIT.usage;
}

interface Sink<T extends Triage = Report> {
  report(reading: Reading<T>): void;
  unread(unread: Unread): void;
  /** Sums up; how many reports there were. */
  end(): number;
}

/** `file: title`, as grep would print it; what is no report goes to standard error. */
class TitleSink implements Sink<Triage> {
  private count = 0;
  private missed = 0;

  constructor(private readonly io: ReportIo) {}

  report({ name, report }: Reading<Triage>): void {
    this.count++;
    this.io.stdout(`${printable(name)}: ${printable(report.title)}\n`);
  }

  unread({ file, error }: Unread): void {
    this.missed++;
    this.io.stderr(`${printable(file)}: ${error}\n`);
  }

  end(): number {
    if (this.count + this.missed === 0) this.io.stderr('no files to read\n');
    return this.count;
  }
}

/** One object, written piece by piece, so that a folder of any size needs no memory for it. */
class JsonSink implements Sink {
  private count = 0;
  private readonly missed: Unread[] = [];

  constructor(private readonly io: ReportIo) {}

  report({ name, report }: Reading): void {
    this.io.stdout(this.count === 0 ? '{\n  "schema": 2,\n  "reports": [\n' : ',\n');
    this.count++;
    this.io.stdout(indented({ file: name, report }, '    '));
  }

  unread(unread: Unread): void {
    this.missed.push(unread);
  }

  end(): number {
    this.io.stdout(this.count === 0 ? '{\n  "schema": 2,\n  "reports": []' : '\n  ]');
    this.io.stdout(`,\n  "unread": ${indented(this.missed, '  ').trimStart()}\n}\n`);
    return this.count;
  }
}

function indented(value: unknown, by: string): string {
  return by + JSON.stringify(value, null, 2).replaceAll('\n', `\n${by}`);
}

/** A block a report, then how many there were of which kind, then what is none. */
class TextSink implements Sink {
  private count = 0;
  private readonly kinds = new Map<string, number>();
  private readonly missed: Unread[] = [];

  constructor(
    private readonly io: ReportIo,
    private readonly view: ManyView,
  ) {}

  report({ name, report, text }: Reading): void {
    this.count++;
    const kind = report.buckets[0]?.title ?? report.kind;
    this.kinds.set(kind, (this.kinds.get(kind) ?? 0) + 1);
    const style = this.io.style ?? ((_what, piece) => piece);
    const head = style('heading', printable(name));
    if (this.view.brief === true) {
      const body = renderReport(report, { text, brief: true, style });
      this.io.stdout(`${head}\n${body}\n`);
      return;
    }
    const who = [systemText(report), processText(report.process?.value)].filter(Boolean).join('; ');
    const title = wrap(printable(report.title), '    ', '      ').map((line) => style('title', line));
    this.io.stdout([head, ...title, ...wrap(printable(who), '    ', '      '), ''].join('\n'));
    this.io.stdout('\n');
  }

  unread(unread: Unread): void {
    this.missed.push(unread);
  }

  end(): number {
    const { missed, io } = this;
    const all = this.count + missed.length;
    const kinds = [...this.kinds].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
    const out = [`${counted(all, 'file')}: ${counted(this.count, 'report')}, ${missed.length} not read`];
    for (const [kind, n] of kinds)
      out.push(...wrap(printable(kind), `${String(n).padStart(6)}  `, '        '));
    io.stdout(`${out.join('\n')}\n${unreadText(missed)}`);
    return this.count;
  }
}

/** The files that hold no report, each with its reason. */
export function unreadText(missed: readonly Unread[]): string {
  if (missed.length === 0) return '';
  const lines = missed.flatMap(({ file, error }) => wrap(printable(`${file}: ${error}`), '    ', '      '));
  return `not read:\n${lines.join('\n')}\n`;
}
