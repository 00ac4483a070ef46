$scenario({
  machine: { ramBytes: 8 << 20, ncpu: 2, locking: 'vm_mtx-20010519+swaplocks+vmspace-ref' },
  command: 'stress remote 20',
  patches: ['patch.ts'],
  seconds: 20,
});
