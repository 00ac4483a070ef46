import { printable, renderReport } from '@trap12/report';
import { EXIT } from '../exit.js';
import { STDIN } from './input.js';
import {
  isUnread,
  json,
  type Reading,
  readReport,
  readTriage,
  type ReportIo,
  type Unread,
} from './session.js';

/** How a single report is shown. */
export interface OneView {
  brief?: boolean;
  title?: boolean;
  json?: boolean;
  /** Where the page goes; `-` is standard output. */
  html?: string;
}

/** Explains one report; the exit status. */
export async function explainOne(file: string, view: OneView, io: ReportIo): Promise<number> {
  const titleOnly = view.title === true && view.json !== true && view.html === undefined;
  if (titleOnly) {
    const reading = await readTriage({ file }, io);
    if (isUnread(reading)) return refuse(reading, io);
    io.stdout(`${printable(reading.report.title)}\n`);
    return EXIT.done;
  }
  const reading = await readReport({ file }, io);
  if (isUnread(reading)) return refuse(reading, io);
  if (view.html !== undefined) await writePage(reading, view.html, io);
  const { report, text } = reading;
  if (view.json === true) io.stdout(json(report));
  else if (view.title === true) io.stdout(`${printable(report.title)}\n`);
  else if (view.html === undefined)
    io.stdout(
      renderReport(report, {
        text,
        brief: view.brief === true,
        ...(io.style === undefined ? {} : { style: io.style }),
      }),
    );
  return EXIT.done;
}

function refuse({ file, error }: Unread, io: ReportIo): number {
  io.stderr(`${printable(file)}: ${error}\n`);
  return EXIT.usage;
}

async function writePage({ report, text, name }: Reading, to: string, io: ReportIo): Promise<void> {
  const { renderPage } = await import('@trap12/report/html');
  const page = renderPage(report, text, { name: name === STDIN ? 'standard input' : name });
  if (to === STDIN) {
    io.stdout(page);
    return;
  }
  (await import('../output.js')).writeNow('--html', to, page);
}
