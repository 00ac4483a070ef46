import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['packages/*/test/**/*.test.ts', 'tools/**/*.test.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    pool: 'forks',
    maxWorkers: 2,
    // The kernel as kcc writes it is megabytes of plain JavaScript: Node takes it as it is.
    server: { deps: { external: [/\/dist\/image\//] } },
  },
});
