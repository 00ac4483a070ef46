$scenario({
  machine: { ramBytes: 8 << 20, ncpu: 1, locking: 'vm_mtx-20010519+swaplocks+vmspace-ref' },
  command: 'hog fork 1m 1',
  patches: ['patch.ts'],
  seconds: 20,
});
