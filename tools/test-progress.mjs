/**
 * What the tests are at, for whoever reads them through a pipe: vitest tells of a file when it is done, and
 * the longest, which come first, take minutes. On a terminal it shows that itself.
 */
import { relative } from 'node:path';

/** Milliseconds between two lines. */
const EVERY = 10_000;

/** A reporter of vitest's: a line every ten seconds with the files that are done and those that run. */
export class TestProgress {
  #files = 0;
  #done = 0;
  /** How far the files are that run: tests with a result, by the file's path. */
  #running = new Map();
  #timer;

  /** @param print where a line goes; from what folder paths are told */
  constructor(print = (line) => console.log(line), from = process.cwd()) {
    this.print = print;
    this.from = from;
  }

  onTestRunStart(files) {
    this.#files = files.length;
    this.#timer = setInterval(() => this.tell(), EVERY);
    this.#timer.unref();
  }

  onTestModuleStart({ moduleId }) {
    this.#running.set(moduleId, 0);
  }

  onTestCaseResult({ module: { moduleId } }) {
    this.#running.set(moduleId, (this.#running.get(moduleId) ?? 0) + 1);
  }

  onTestModuleEnd({ moduleId }) {
    this.#running.delete(moduleId);
    this.#done++;
  }

  onTestRunEnd() {
    clearInterval(this.#timer);
  }

  tell() {
    const running = [...this.#running].map(([path, tests]) => {
      const name = relative(this.from, path);
      return tests === 0 ? name : `${name} (${tests} ${tests === 1 ? 'test' : 'tests'} done)`;
    });
    const now = running.length === 0 ? '' : `; running ${running.join(', ')}`;
    this.print(`tests: ${this.#done} of ${this.#files} files done${now}`);
  }
}
