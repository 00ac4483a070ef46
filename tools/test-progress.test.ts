import { expect, test, vi } from 'vitest';
import { TestProgress } from './test-progress.mjs';

test('tells every ten seconds which files are done and which run', () => {
  vi.useFakeTimers();
  try {
    const lines: string[] = [];
    const progress = new TestProgress((line: string) => lines.push(line), '/house');
    const [a, b] = ['/house/packages/zorp/test/a.test.ts', '/house/packages/zorp/test/b.test.ts'].map(
      (moduleId) => ({ moduleId }),
    ) as [{ moduleId: string }, { moduleId: string }];
    progress.onTestRunStart([a, b]);
    vi.advanceTimersByTime(10_000);
    progress.onTestModuleStart(a);
    progress.onTestModuleStart(b);
    progress.onTestCaseResult({ module: a });
    vi.advanceTimersByTime(10_000);
    progress.onTestModuleEnd(a);
    progress.onTestCaseResult({ module: b });
    progress.onTestCaseResult({ module: b });
    vi.advanceTimersByTime(10_000);
    progress.onTestModuleEnd(b);
    progress.onTestRunEnd();
    vi.advanceTimersByTime(60_000);
    expect(lines).toEqual([
      'tests: 0 of 2 files done',
      'tests: 0 of 2 files done; running packages/zorp/test/a.test.ts (1 test done), packages/zorp/test/b.test.ts',
      'tests: 1 of 2 files done; running packages/zorp/test/b.test.ts (2 tests done)',
    ]);
  } finally {
    vi.useRealTimers();
  }
});
