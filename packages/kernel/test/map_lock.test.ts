import { kernelTests } from './module.js';

/**
 * The lock of a map where somebody else has it, with vm_mtx as its interlock: who waits for it, when he gets
 * it, and what he may do if another was faster.
 */
const TEST = `
const AT: u32 = 0x30000000;
let t_map: vm_map = null;
let t_chan: int = 0;
let t_done: int = 0;
let t_owned: int = 0;
let t_result: int = -1;

function* t_nap(): Sleeps {
  yield* tsleep($addr($ref(t_chan)), PVM, 'tnap', 3);
}

/** Another process, which wants to read the map, or (1) to change it. */
export function* t_wants(arg: u32, frame: trapframe): Sleeps {
  yield* vm_lock();
  if (arg === 0) yield* vm_map_lock_read(t_map);
  else yield* vm_map_lock(t_map);
  t_owned = t_is(vm_owned());
  t_done++;
  vm_map_unlock(t_map);
  vm_unlock();
  yield* mtx_lock(Giant);
  yield* kthread_exit(0);
}
function* t_waits(exclusive: u32, name: str): Sleeps {
  t_done = 0;
  t_owned = 0;
  yield* vm_lock();
  yield* vm_map_lock(t_map);
  vm_unlock();
  yield* kthread_create(t_wants, exclusive, null, 0, 'twants');
  yield* t_nap();
  printf('= %s: waits %d\\n', name, 1 - t_done);
  yield* vm_lock();
  vm_map_lock_downgrade(t_map);
  vm_unlock();
  yield* t_nap();
  printf('= %s: when we only read %d\\n', name, t_done);
  yield* vm_lock();
  vm_map_unlock_read(t_map);
  vm_unlock();
  yield* t_nap();
  printf('= %s: in the end %d\\n', name, t_done);
  printf('= %s: with vm_mtx %d\\n', name, t_owned);
}

/** We read, somebody waits to write: who comes to read then waits behind him. */
function* t_behind(): Sleeps {
  t_done = 0;
  yield* vm_lock();
  yield* vm_map_lock_read(t_map);
  vm_unlock();
  yield* kthread_create(t_wants, 1, null, 0, 'twrites');
  yield* t_nap();
  yield* kthread_create(t_wants, 0, null, 0, 'treads');
  yield* t_nap();
  say('behind a writer: neither has it', t_done);
  yield* vm_lock();
  vm_map_unlock_read(t_map);
  vm_unlock();
  yield* t_nap();
  say('behind a writer: both have had it', t_done);
}

/** Another process, which asks for what lies at an address: memory that it copies before it writes. */
export function* t_asks(arg: u32, frame: trapframe): Sleeps {
  const fs = $local<faultstate>();
  fs.map = t_map;
  yield* vm_lock();
  t_result = yield* vm_map_lookup(
    $ref(fs.map), arg, VM_PROT_WRITE, $ref(fs.entry), $ref(fs.first_object), $ref(fs.first_pindex), $ref(fs.prot),
    $ref(fs.wired),
  );
  t_done = 1;
  vm_map_lookup_done(t_map, fs.entry);
  vm_unlock();
  yield* mtx_lock(Giant);
  yield* kthread_exit(0);
}
/**
 * It has the lock, to read, and wants to change the map; before it can we do: it starts over, and has what we
 * have left.
 */
function* t_faster(p: proc): Sleeps {
  const out = $var<vm_map_entry>();
  const rw = VM_PROT_READ | VM_PROT_WRITE;
  t_done = 0;
  yield* vm_lock();
  const object = yield* vm_object_allocate(OBJT_DEFAULT, 4);
  vm_object_reference(object);
  yield* vm_map_lock(t_map);
  yield* vm_map_insert(t_map, object, 0, AT, AT + 4 * PAGE_SIZE, rw, rw, MAP_COPY_ON_WRITE);
  vm_unlock();
  yield* kthread_create(t_asks, AT, null, 0, 'tasks');
  yield* t_nap();
  say('faster: waits', 1 - t_done);
  yield* vm_lock();
  vm_map_lock_downgrade(t_map);
  for (let n = 0; n < 100 && t_map.lock.lk_sharecount < 2; n++) yield* t_turn(p);
  say('faster: both read', t_map.lock.lk_sharecount);
  say('faster: we may change it', yield* vm_map_lock_upgrade(t_map));
  vm_map_lookup_entry(t_map, AT, out);
  const entry = out[0];
  say('faster: not done yet', t_done);
  say('faster: still to be copied', t_is((entry.eflags & MAP_ENTRY_NEEDS_COPY) !== 0));
  vm_map_unlock(t_map);
  vm_unlock();
  yield* t_nap();
  say('faster: done', t_done);
  say('faster: told', t_result);
  yield* vm_lock();
  say('faster: copies', entry.eflags & MAP_ENTRY_NEEDS_COPY);
  say('faster: in front of the object', t_is(entry.object.backing_object === object));
  say('faster: lock is free', t_is(vm_map_trylock(t_map) === 0));
  vm_map_unlock(t_map);
  yield* vm_map_remove(t_map, AT, AT + 4 * PAGE_SIZE);
  vm_unlock();
}

function* test(p: proc): Sleeps {
  t_map = p.p_vmspace.vm_map;
  yield* t_waits(0, 'a reader');
  yield* t_waits(1, 'a writer');
  yield* t_behind();
  yield* t_faster(p);
}
`;

const expected: Record<string, Record<string, number>> = {
  'a reader': { waits: 1, 'when we only read': 1, 'in the end': 1, 'with vm_mtx': 1 },
  'a writer': { waits: 1, 'when we only read': 0, 'in the end': 1, 'with vm_mtx': 1 },
  'behind a writer': { 'neither has it': 0, 'both have had it': 2 },
  faster: {
    waits: 1,
    'both read': 2,
    'we may change it': 0,
    'not done yet': 0,
    'still to be copied': 1,
    done: 1,
    told: 0,
    copies: 0,
    'in front of the object': 1,
    'lock is free': 1,
  },
};

kernelTests('the lock of a map', TEST, expected, { locking: 'vm_mtx-20010519+swaplocks+vmspace-ref' });
