/** `npm run test:quick [FILE...]`: the quick tests (quick-tests.mjs), on any system. */
import { runTests } from './vitest.mjs';

runTests(process.argv.slice(2), { TRAP12_QUICK: '1' });
