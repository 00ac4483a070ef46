$scenario({
  machine: { ramBytes: 5 << 20, ncpu: 1, locking: 'vm_mtx-20010519+swaplocks+vmspace-ref' },
  command: 'together 1 3',
  programs: ['together.ts'],
  patches: ['patch.ts'],
  seconds: 20,
});
