/**
 * fsbench of SCTBench: 27 threads look for a free block, each from its inode on; there are locks for 26
 * inodes.
 */
$scenario({
  machine: { ramBytes: 8 << 20, swapBytes: 0 },
  setup: setup,
  threads: [{ run: creator, times: 27 }],
});

const BLOCKS = 26;
const INODES = 32;
let inode_locks: array<embed<mtx>, typeof BLOCKS>;
let block_locks: array<embed<mtx>, typeof BLOCKS>;
let busy: array<int, typeof BLOCKS>;
let inodes: array<int, typeof INODES>;

function setup(): void {
  for (let i: int = 0; i < BLOCKS; i++) {
    mtx_init(inode_locks[i], 'inode', MTX_DEF);
    mtx_init(block_locks[i], 'block', MTX_DEF);
  }
}

function* creator(id: int): Sleeps {
  const i = id % INODES;
  KASSERT(i >= 0 && i < BLOCKS, 'there is no lock for inode %d', i);
  yield* mtx_lock(inode_locks[i]);
  if (inodes[i] === 0) yield* find_block(i);
  mtx_unlock(inode_locks[i]);
}

function* find_block(i: int): Sleeps {
  let b = (i * 2) % BLOCKS;
  for (let n: int = 0; n < BLOCKS / 2; n++) {
    yield* mtx_lock(block_locks[b]);
    const free_block = busy[b] === 0;
    if (free_block) {
      busy[b] = 1;
      inodes[i] = b + 1;
    }
    mtx_unlock(block_locks[b]);
    if (free_block) return;
    b = (b + 1) % BLOCKS;
  }
}
