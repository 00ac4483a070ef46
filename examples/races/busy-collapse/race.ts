$scenario({
  machine: { ramBytes: 12 << 20, ncpu: 1, locking: 'vm_mtx-20010519+swaplocks+vmspace-ref' },
  command: 'sysctl vm.swap_idle_enabled=1 vm.swap_idle_threshold1=0 vm.swap_idle_threshold2=0; pool 20 60 4 & memcheck 14m; kill $!',
  patches: ['patch.ts'],
  seconds: 40,
});
