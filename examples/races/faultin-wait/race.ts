$scenario({
  machine: { ramBytes: 10 << 20, ncpu: 1, locking: 'vm_mtx-20010519+swaplocks+vmspace-ref' },
  command: 'sysctl vm.swap_idle_enabled=1 vm.swap_idle_threshold1=0 vm.swap_idle_threshold2=0; churn 20 8 700 & memcheck 14m',
  patches: ['patch.ts'],
  seconds: 40,
});
