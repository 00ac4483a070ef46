$scenario({
  machine: { ramBytes: 8 << 20, ncpu: 1, locking: 'vm_mtx-20010519+swaplocks+vmspace-ref' },
  command: 'threads 3 20 200',
  patches: ['patch.ts'],
  seconds: 20,
});
