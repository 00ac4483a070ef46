import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { examine, type Examined, type Lab, type Mark, StrictReplay, unfailedText } from '@trap12/explore';
import { SOURCES } from '@trap12/system/node.js';
import { examplePath } from '../learn/shipped.js';
import { writeFor } from '../output.js';
import type { Subject } from '../subject.js';
import { explainedPage, type PageContent } from './page.js';
import { stepsOf } from './steps.js';

/** What a page says beside the run itself. */
export interface Told {
  summary: readonly string[];
  text: readonly string[];
  /** What the machine printed when it died; nothing: it did not */
  printed: readonly string[];
  schedule: string;
  /** What the text names, in order of time */
  marks?: readonly Mark[];
  /** From when on the text counts its times, ns since power-on */
  zeroNs?: number | undefined;
  more?: NonNullable<PageContent['more']>;
  json?: string;
}

/** Of a command the steps from its first choice on are shown; without one, its last so many ns. */
const WITHOUT_NS = 1e6;

/** Writes the page of a failing run; the lab then stands at its end. */
export function writePage(
  path: string,
  lab: Lab,
  examined: Examined,
  subject: Pick<Subject, 'file' | 'patches'>,
  told: Told,
): void {
  writeFor('--html', path, pageOf(lab, examined, subject, told));
}

/** The page of a run; the lab then stands at its end. */
export function pageOf(
  lab: Lab,
  { choices, failure, firstNs, attempt }: Examined,
  subject: Pick<Subject, 'file' | 'patches'>,
  { marks, ...told }: Told,
): string {
  const { log } = examine(lab, new StrictReplay(lab, choices), 'stacks', false);
  const fromNs = lab.threads.length > 0 ? 0 : (firstNs ?? attempt.nowNs - WITHOUT_NS);
  return explainedPage({
    ...{ title: failure?.title ?? unfailedText(attempt.ended), steps: stepsOf(log!, fromNs, marks), ...told },
    isSystem: lab.threads.length === 0,
    source: (file) => sourceOf(file, subject),
  });
}

/** The text of a file that a listing names: the kernel's, the scenario or a patch. */
function sourceOf(
  file: string,
  { file: scenario, patches }: Pick<Subject, 'file' | 'patches'>,
): string | undefined {
  const patch = /^patch\/\d+-(.*)$/.exec(file)?.[1];
  // Of two patches that are called alike it is not known which one it is.
  const called = patches.filter((each) => basename(each) === patch);
  const given = patch === undefined ? scenario : called.length === 1 ? called[0] : undefined;
  const own = patch !== undefined || file.startsWith('scenario/');
  const path = !own ? `${SOURCES}/${file}` : given === undefined ? undefined : examplePath(given);
  if (path === undefined) return undefined;
  try {
    return readFileSync(path, 'utf8');
  } catch {
    // It has gone since, or is one that the machine's own build makes.
    return undefined;
  }
}
