/*
 * What a worker's thread begins with. It is CommonJS, which the pool can `require`, and fetches all else by
 * import(): where a thread is ended while it is in `require` of an ES module, Node 20 ends the process
 * (InstantiateSync goes on with a module whose instantiation was cut off).
 */

/** Called by the pool for each task. */
export = async function work(task: import('./tasks.js', { with: { 'resolution-mode': 'import' }}).Task) {
  const { answer } = await import('./answer.js');
  return answer(task);
};
