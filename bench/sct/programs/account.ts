/**
 * account of SCTBench: a deposit, a withdrawal, and a check that wants another sum than is right once both
 * are done. All of it is locked.
 */
$scenario({
  machine: { ramBytes: 8 << 20, swapBytes: 0 },
  setup: setup,
  threads: [{ run: checker }, { run: deposit }, { run: withdraw }],
});

const BEFORE = 1;
const IN = 2;
const OUT = 4;
let account: embed<mtx>;
let balance: int = BEFORE;
let deposited: int = 0;
let withdrawn: int = 0;

function setup(): void {
  mtx_init(account, 'account', MTX_DEF);
}

function* deposit(): Sleeps {
  yield* mtx_lock(account);
  balance = balance + IN;
  deposited = 1;
  mtx_unlock(account);
}

function* withdraw(): Sleeps {
  yield* mtx_lock(account);
  balance = balance - OUT;
  withdrawn = 1;
  mtx_unlock(account);
}

function* checker(): Sleeps {
  yield* mtx_lock(account);
  if (deposited !== 0 && withdrawn !== 0) KASSERT(balance === BEFORE - IN - OUT, 'balance is %d', balance);
  mtx_unlock(account);
}
