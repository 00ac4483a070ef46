import type { Report } from '../types.js';
import { checkGiven, checkOptions, type Wanted, WANTED } from '../given.js';
import { explain, type Section } from './explanation.js';
import type { Item } from './item.js';
import { LineIndex, linesText } from './places.js';
import { COLUMNS, printable, wrap } from './wrap.js';

/** Parts of the output that a terminal can set apart. */
export type Emphasis = 'title' | 'heading' | 'place' | 'reason' | 'doubt' | 'bad' | 'culprit';

/** How an explanation is printed. */
export interface RenderOptions {
  /** The original; with it, evidence is given by line. */
  text?: string;
  /** Title and the paragraph in short, nothing else. */
  brief?: boolean;
  /** Width of the output; lines of the original that are longer are wrapped (80). */
  columns?: number;
  /** Sets a piece of a line apart; by default nothing is. */
  style?: (what: Emphasis, text: string) => string;
}

/**
 * The report for people: title, one paragraph, what happened in its order, what follows, what is unclear,
 * then every field of it. Whatever the text held, no control character of it gets through.
 * @throws RangeError if it is none, or an option is something else
 */
export function renderReport(report: Report, options: RenderOptions = {}): string {
  const who = 'renderReport';
  checkGiven(who, { report, options }, { report: WANTED.report, options: WANTED.options });
  checkOptions(who, options, OPTIONS);
  return new Renderer(options).report(report);
}

const OPTIONS: Readonly<Record<keyof RenderOptions, Wanted>> = {
  text: WANTED.mayBeText,
  brief: WANTED.flag,
  columns: WANTED.columns,
  style: WANTED.call,
};

/** Names of fields are this wide. */
const NAME_WIDTH = 20;

class Renderer {
  private readonly index: LineIndex | undefined;
  private readonly columns: number;
  private readonly style: NonNullable<RenderOptions['style']>;

  constructor(private readonly options: RenderOptions) {
    this.index = options.text === undefined ? undefined : new LineIndex(options.text);
    this.columns = options.columns ?? COLUMNS;
    this.style = options.style ?? ((_what, text) => text);
  }

  report(report: Report): string {
    const { title, system, inShort, sections } = explain(report);
    const out = [
      ...wrap(printable(title), '', '  ', this.columns).map((line) => this.style('title', line)),
      ...wrap(printable(system), '', '  ', this.columns),
      '',
      this.style('heading', 'In short'),
      ...wrap(printable(inShort), '  ', '  ', this.columns),
    ];
    if (this.options.brief !== true) for (const section of sections) out.push('', ...this.section(section));
    return `${out.join('\n')}\n`;
  }

  private section(section: Section): string[] {
    const out = wrap(printable(section.title), '', '  ', this.columns).map((line) =>
      this.style('heading', line),
    );
    if (section.note !== undefined)
      out.push(...wrap(section.note, '  ', '  ', this.columns).map((line) => this.style('reason', line)));
    section.items.forEach((item, i) => {
      out.push(...this.item(section, item, i));
    });
    return out;
  }

  private item(section: Section, item: Item, i: number): string[] {
    const { columns } = this;
    const place = this.place(section, item);
    const text = `${printable(item.text)}${item.sure === undefined ? '' : ` (${item.sure})`}${place}`;
    switch (section.style) {
      case 'steps':
        return this.emphasised(wrap(text, `${String(i + 1).padStart(4)}. `, '      ', columns), item);
      case 'table': {
        const name = printable(item.name ?? '').padEnd(NAME_WIDTH);
        return this.emphasised(wrap(text, `  ${name} `, ' '.repeat(NAME_WIDTH + 3), columns), item);
      }
      case 'listing': {
        const lines = wrap(text, item.mark === 'culprit' ? '  * ' : '    ', '        ', columns);
        return item.mark === 'culprit' ? lines.map((line) => this.style('culprit', line)) : lines;
      }
      case 'list': {
        const out = this.emphasised(wrap(text, '  ', '      ', columns), item);
        if (item.because !== undefined) {
          const reason = wrap(`because ${printable(item.because)}`, '      ', '      ', columns);
          out.push(...reason.map((line) => this.style('reason', line)));
        }
        return out;
      }
    }
  }

  /** ` [lines 7, 10]`; its blanks do not break. Listings stand in the text's own order and need none. */
  private place(section: Section, item: Item): string {
    if (item.spans.length === 0 || section.style === 'listing') return '';
    const words =
      this.index === undefined ? `at ${item.spans[0]![0]}` : linesText(this.index.linesOf(item.spans));
    return ` [${words.replaceAll(' ', NO_BREAK)}]`;
  }

  /** Sets apart what is told by its own form: places, doubts, checks that fail. */
  private emphasised(lines: readonly string[], item: Item): string[] {
    return lines.map((line, i) => {
      const plain = line.replaceAll(NO_BREAK, ' ');
      if (item.mark === 'fails') return this.style('bad', plain);
      const last = i === lines.length - 1;
      const cut = last ? PLACE_AT_END.exec(plain) : null;
      const body = cut === null ? plain : plain.slice(0, cut.index);
      const doubt = item.sure === undefined ? body : this.doubt(body, ` (${item.sure})`);
      return cut === null ? doubt : `${doubt}${this.style('place', cut[0])}`;
    });
  }

  private doubt(body: string, words: string): string {
    return body.endsWith(words) ? `${body.slice(0, -words.length)}${this.style('doubt', words)}` : body;
  }
}

/** Stands for a blank at which no line ends; `printable` leaves none of the text's own. */
const NO_BREAK = '\u00a0';
const PLACE_AT_END = / ?\[(?:lines? [\d, -]+|at \d+)\]$/;
