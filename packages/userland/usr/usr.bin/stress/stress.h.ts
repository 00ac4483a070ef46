/** What the loads of stress(1) share. */

/**
 * A load: `run` does `steps` steps and says by complain() what was wrong.
 * @lock c constant
 */
export interface load extends struct {
  l_name: str; // (c) what it is called
  l_steps: u32; // (c) steps, if nothing else is said
  l_run: (steps: u32) => void; // (c) does it
}
