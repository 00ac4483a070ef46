import { spawnSync } from 'node:child_process';
import { createInterface, type Interface } from 'node:readline/promises';
import type { ReadStream } from 'node:tty';
import { wrap } from '@trap12/report';
import { CommandError, Interrupted } from '../exit.js';
import { grade, GradeError, type Graded, isRight } from './grade.js';
import { interruptible, leftAlone } from './interrupt.js';
import { type Numbered, type Question, questionsOf } from './lesson.js';
import { commandLine, handIn, headingOf } from './page.js';
import { shellWord } from '../words.js';
import type { ProgressFile } from './progress.js';

/** Where a session reads and writes; a terminal, or a test. */
export interface Terminal {
  input: NodeJS.ReadableStream;
  output: NodeJS.WritableStream;
  /** Runs a trap12 command that the learner is shown */
  command(words: readonly string[]): void;
}

export const theTerminal: Terminal = {
  input: process.stdin,
  output: process.stdout,
  command: (words) => {
    // Where it stops for somebody, as in its debugger, that is the person at the terminal.
    const input = process.stdin.isTTY === true ? 'inherit' : 'ignore';
    const { error } = spawnSync(process.execPath, [process.argv[1]!, ...words], {
      stdio: [input, 'inherit', 'inherit'],
    });
    if (error !== undefined) throw error;
  },
};

const COLUMNS = 78;

/** What is said beside answers, by all the names that people try. */
const HINT = /^(?:h|hint|help|\?)$/i;
const SKIP = /^(?:s|skip)$/i;
const QUIT = /^(?:q|quit|exit)$/i;

/** ` 1`, `s 1 and 2`: numbers behind a word of which there may be several. */
const listed = (numbers: readonly number[]): string =>
  numbers.length === 1 ? ` ${numbers[0]}` : `s ${numbers.slice(0, -1).join(', ')} and ${numbers.at(-1)}`;

const folded = (text: string): string[] => wrap(text, '', '', COLUMNS);

/** What came of each check; of one that failed also why, what happened, and the command that shows it. */
export function gradedLines(graded: readonly Graded[]): string[] {
  let shown = '';
  return graded.flatMap((each) => {
    if (each.passed) return [`  passed  ${each.name}`];
    // Of one machine one command shows all that fails there.
    const show = each.show === shown ? '' : each.show;
    if (show !== '') shown = show;
    const details = detailsOf({ ...each, show }).map((line) => `          ${line}`.trimEnd());
    return [`  failed  ${each.name}`, ...details];
  });
}

/** What there is to say of a check that failed. */
export function detailsOf({ says, happened = [], show }: Graded): string[] {
  const events = happened.length > 0 ? ['', ...happened, ''] : [];
  return [...says.split('\n'), ...events, ...(show === '' ? [] : [`to see it: ${show}`])];
}

export const passedAll = (graded: readonly Graded[]): boolean => graded.every((each) => each.passed);

/** Takes a person through a lesson, step by step; what is answered is kept at once. */
export class Session {
  private readonly lines: Interface;
  private ended = false;
  private quit = false;
  private readonly queue: string[] = [];
  private waiting: ((line: string | undefined) => void) | undefined;

  constructor(
    private readonly lesson: Numbered,
    private readonly progress: ProgressFile,
    private readonly terminal: Terminal = theTerminal,
  ) {
    this.lines = createInterface({ input: terminal.input, output: terminal.output });
    this.lines.on('line', (line) => {
      const { waiting } = this;
      this.waiting = undefined;
      if (waiting === undefined) this.queue.push(line);
      else waiting(line);
    });
    this.lines.on('close', () => {
      this.ended = true;
      this.waiting?.(undefined);
    });
  }

  async run(): Promise<void> {
    try {
      await this.lead();
    } finally {
      // What is open keeps the process from ending.
      this.lines.close();
    }
    this.tellWhatIsLeft();
  }

  private async lead(): Promise<void> {
    const { lesson } = this;
    this.say(headingOf(lesson), '', ...folded(lesson.about), '');
    this.tellWhatIsDone();
    let n = 0;
    for (const step of lesson.steps) {
      if (this.over()) break;
      if ('text' in step) for (const paragraph of step.text) this.say(...folded(paragraph), '');
      else if ('type' in step) await this.command(step.type, step.why);
      else await this.question(step.question, ++n);
    }
    if (!this.over()) await this.exercise();
  }

  /** Of a lesson that was begun before: what need not be done again. */
  private tellWhatIsDone(): void {
    const { questions, exercise } = this.progress.of(this.lesson.id);
    if (questions.length > 0) this.say(`Answered before: question${listed(questions)}.`);
    if (exercise) this.say('The exercise was done before.');
    if (questions.length > 0 || exercise) this.say('');
  }

  private tellWhatIsLeft(): void {
    const { lesson } = this;
    const { questions, exercise } = this.progress.of(lesson.id);
    const left = questionsOf(lesson).length - questions.length;
    const later = `trap12 learn ${shellWord(lesson.word)} --answer N=TEXT`;
    if (left > 0) this.say('', `Questions left: ${left}. One can be answered later: ${later}`);
    if (!exercise) this.say('', `The exercise can be handed in later: ${handIn(lesson)}`);
  }

  /** There is nothing more to read, or no more wanted. */
  private over(): boolean {
    return this.quit || (this.ended && this.queue.length === 0);
  }

  private say(...lines: string[]): void {
    this.terminal.output.write(lines.map((line) => `${line}\n`).join(''));
  }

  /**
   * A line of the learner's; undefined at the end of input, where it is passed over, and at the lesson's end.
   */
  private async read(prompt: string): Promise<string | undefined> {
    this.terminal.output.write(prompt);
    const line = (await this.next())?.trim();
    if (line !== undefined && QUIT.test(line)) {
      this.quit = true;
      return undefined;
    }
    return line !== undefined && SKIP.test(line) ? undefined : line;
  }

  private next(): Promise<string | undefined> {
    const next = this.queue.shift();
    if (next !== undefined || this.ended) return Promise.resolve(next);
    return new Promise((resolve) => {
      this.waiting = resolve;
    });
  }

  private async command(words: readonly string[], why: string | undefined): Promise<void> {
    if (why !== undefined) this.say(...folded(why), '');
    const shown = `  $ ${commandLine(words)}\n`;
    const keys = '(Enter runs it, s goes on without, q ends) ';
    let given = await this.read(shown + keys);
    // What else is typed there is not run, and is not to be taken for it.
    while (given !== undefined && given !== '' && given !== commandLine(words))
      given = await this.read(`Only the command above is run here.\n${keys}`);
    if (given === undefined) return;
    // Ctrl-C is for the command, which is in the same group.
    await this.withoutReading(() =>
      this.withSignals(() => leftAlone(async () => this.terminal.command(words))),
    );
    this.say('');
  }

  /** Does a work during which what is typed is for somebody else. */
  private async withoutReading(work: () => Promise<void>): Promise<void> {
    if (!this.ended) this.lines.pause();
    try {
      await work();
    } finally {
      if (!this.ended) this.lines.resume();
    }
  }

  private async question(question: Question, n: number): Promise<void> {
    this.say(...folded(`Question ${n}: ${question.ask}`));
    if (this.progress.of(this.lesson.id).questions.includes(n)) {
      this.say('', ...folded(`You have answered it. ${question.so}`), '');
      return;
    }
    for (;;) {
      const given = await this.read('(an answer, h for a hint, s goes on without, q ends) ');
      if (given === undefined) break;
      if (HINT.test(given)) this.say(...folded(question.hint));
      if (HINT.test(given) || given === '') continue;
      const right = await this.right(question, given);
      if (right === false) this.say('That is not what the machine says.');
      if (right !== true) continue;
      this.progress.answered(this.lesson.id, n);
      this.say('', ...folded(`Right. ${question.so}`));
      break;
    }
    this.say('');
  }

  /** Does what has machines run: Ctrl-C is to end that. */
  private interruptibly<T>(work: () => Promise<T>): Promise<T> {
    return this.withSignals(() => interruptible(work));
  }

  /** Does a work during which Ctrl-C is a signal, and no key of the line editor's. */
  private async withSignals<T>(work: () => Promise<T>): Promise<T> {
    const input = this.terminal.input as Partial<ReadStream>;
    const wasRaw = input.isRaw === true;
    if (wasRaw) input.setRawMode!(false);
    try {
      return await work();
    } finally {
      if (wasRaw) input.setRawMode!(true);
    }
  }

  /** Undefined: Ctrl-C came before that was known. */
  private async right(question: Question, given: string): Promise<boolean | undefined> {
    try {
      return await this.interruptibly(() => isRight(question, given));
    } catch (error) {
      if (!(error instanceof Interrupted)) throw error;
      this.say(error.message);
      return undefined;
    }
  }

  /** A session shows no schedule: it is long, and what reads it reads a file. */
  private scheduleHint(given: string): string {
    const word = shellWord(this.lesson.word);
    return `its schedule: trap12 learn ${word} --exercise ${shellWord(given)} --schedule FILE`;
  }

  private async exercise(): Promise<void> {
    const { exercise } = this.lesson;
    this.say('Exercise', '');
    for (const paragraph of exercise.task) this.say(...folded(paragraph), '');
    const file = 'the name of a file';
    const isDone = this.progress.of(this.lesson.id).exercise;
    if (isDone) this.say(...folded('You have done it. Another answer is graded; s goes on without.'), '');
    const what = { command: 'a command', program: file, locking: 'a regime', patch: file }[exercise.give];
    for (;;) {
      const given = await this.read(`(${what}, h for a hint, q ends the lesson) `);
      if (given === undefined) break;
      if (HINT.test(given)) this.say(...folded(exercise.hint));
      if (HINT.test(given) || given === '') continue;
      try {
        const graded = await this.interruptibly(() => grade(exercise, given));
        this.say(...gradedLines(graded));
        if (graded.some(({ schedule }) => schedule !== undefined)) this.say('', this.scheduleHint(given));
        if (!passedAll(graded)) continue;
        this.progress.exercised(this.lesson.id);
        this.say('', 'Done.');
        break;
      } catch (error) {
        // A regime that is none, a file that is not there, a program that does not compile: the learner tries
        // again.
        if (!(error instanceof GradeError || error instanceof CommandError)) throw error;
        this.say(error.message);
      }
    }
  }
}
