$scenario({
  machine: { ramBytes: 5 << 20, ncpu: 1, locking: 'vm_mtx-20010519+swaplocks+vmspace-ref' },
  command: 'stress races 2',
  patches: ['patch.ts'],
  seconds: 60,
});
