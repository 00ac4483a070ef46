/**
 * `npm run test:quick`: something of each package, of the kernel and what boots it too, in a minute on a busy
 * computer. What searches long, or runs a machine for long, is left to `npm test`.
 */
export const QUICK = [
  'packages/*/test/quick.test.ts',
  'packages/cli/test/{docs-tables,leaving,notes,pager}.test.ts',
  'packages/ddb/test/docs.test.ts',
  'packages/explore/test/match.test.ts',
  'packages/kcc/test/{asm,layout,queue}.test.ts',
  'packages/kernel/test/{atomic,quick_calls,quick_pmap}.test.ts',
  'packages/machine/test/{decisions,events,mmu,prng,smp,state,trap}.test.ts',
  'packages/report/test/{derive,example,functions,not-kept}.test.ts',
  'packages/target/test/*.test.ts',
  'packages/userland/test/usr/{cat,table}.test.ts',
  'tools/{quick-tests,test-order}.test.ts',
];
