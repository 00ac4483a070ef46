import { defineConfig } from 'vitest/config';
import { QUICK } from './tools/quick-tests.mjs';
import { builtOf } from './tools/test-built.mjs';
import { ChangedFirst } from './tools/test-order.mjs';
import { TestProgress } from './tools/test-progress.mjs';

export default defineConfig({
  plugins: [{ name: 'built', enforce: 'pre', resolveId: builtOf }],
  test: {
    globalSetup: './tools/test-built.mjs',
    include:
      process.env.TRAP12_QUICK === undefined ? ['packages/*/test/**/*.test.ts', 'tools/**/*.test.ts'] : QUICK,
    // Through a pipe nothing would be seen for minutes.
    reporters: process.stdout.isTTY ? ['default'] : ['default', new TestProgress()],
    setupFiles: ['./tools/test-orphan.mjs'],
    sequence: { sequencer: ChangedFirst },
    testTimeout: 60_000,
    hookTimeout: 60_000,
    pool: 'forks',
    maxWorkers: 2,
    // A worker that has run the kernel, the compiler and the reader once runs them faster: a third of all time.
    // So no test leaves the process other than it was.
    isolate: false,
    // Nor does it give back all that a file of tests has compiled: kernels are modules, which Node keeps.
    // That is 2 GB at the end; on a small computer Node would stop there.
    // And what a compiler makes dies young: with more room for it, less is moved about before it does.
    execArgv: ['--max-old-space-size=4096', '--max-semi-space-size=64'],
    // What is built is plain JavaScript, the kernel's megabytes of it: Node takes it as it is.
    server: { deps: { external: [/\/dist\//] } },
  },
});
