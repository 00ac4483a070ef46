/**
 * The reference before the last is gone and the last belongs to the only shadow: if both are anonymous, the
 * two may merge now. Returns the object that the loop of vm_object_deallocate goes on with (with a reference
 * to be dropped), or null if there is nothing to do. Locks: V held; let go while it waits for paging. May
 * sleep.
 */
function* vm_object_lone_shadow(object: vm_object): Sleeps<vm_object> {
  if (!vm_object_is_anonymous(object)) return null;
  const robject = TAILQ_FIRST(object.shadow_head);
  KASSERT(robject !== null, 'vm_object_deallocate: ref_count: %d, shadow_count: 1', object.ref_count);
  if (!vm_object_is_anonymous(robject)) return null;
  /* Our own reference keeps the shadow alive; the object lives as long as the shadow has not swallowed it. */
  /* planted: the reference that the caller is to drop is not taken */
  while (
    robject.paging_in_progress !== 0 ||
    (robject.backing_object === object && object.paging_in_progress !== 0)
  ) {
    yield* vm_object_pip_sleep(robject, 'objde1');
    if (robject.backing_object === object) yield* vm_object_pip_sleep(object, 'objde2');
  }
  if (robject.ref_count !== 1) yield* vm_object_collapse(robject);
  return robject;
}
