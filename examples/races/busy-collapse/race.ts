$scenario({
  machine: { ramBytes: 5 << 20, ncpu: 1, locking: 'vm_mtx-20010519+swaplocks+vmspace-ref' },
  command: 'shadows 3',
  programs: ['shadows.ts'],
  patches: ['patch.ts'],
  seconds: 20,
});
