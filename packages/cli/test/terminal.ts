import { spawn, spawnSync } from 'node:child_process';

/** What a person at a terminal does, or waits for. Times are seconds at most. */
export type Step =
  | ['await', pattern: string, seconds: number]
  | ['type', text: string]
  | ['wait', seconds: number]
  /** The command's own process alone, as a computer that has no time for it */
  | ['stop' | 'go on']
  /** Until Ctrl-C makes a signal of this terminal's, or none */
  | ['signals', made: boolean, seconds: number]
  | ['end', seconds: number];

export interface Sitting {
  /** The step that did not come to its end, or null */
  failed: Step | null;
  /** Of the command; a signal's number is negative */
  status: number;
  shown: string;
  /** When each step was over, seconds since the command began */
  times: number[];
  /** The terminal's settings are at the end what they were at the beginning */
  same: boolean;
}

/** Python has pseudo terminals, Node has none. */
export const hasTerminal = spawnSync('python3', ['-c', 'import pty, termios']).status === 0;
if (!hasTerminal) console.warn('\n*** python3 is not installed: tests on a terminal are SKIPPED ***\n');

const PERSON = `
import fcntl
import json
import os
import pty
import re
import select
import signal
import subprocess
import sys
import termios
import time

steps, command = json.loads(sys.argv[1]), sys.argv[2:]
master, slave = pty.openpty()


def own_terminal():
    os.setsid()
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


def settings():
    return [value.hex() if isinstance(value, bytes) else value for value in flat(termios.tcgetattr(slave))]


def flat(values):
    return [each for value in values for each in (value if isinstance(value, list) else [value])]


before = settings()
child = subprocess.Popen(command, stdin=slave, stdout=slave, stderr=slave, preexec_fn=own_terminal)
shown = ""
mark = 0


def until(done, seconds):
    """Reads what is shown until that is so; False: it did not come to be."""
    global shown
    end = time.monotonic() + seconds
    while True:
        if select.select([master], [], [], 0.05)[0]:
            shown += os.read(master, 65536).decode("latin1")
        elif done():
            return True
        if time.monotonic() > end:
            return done()


def step(what, *args):
    global mark
    if what == "await":
        found = []

        def look():
            found[:] = [re.compile(args[0]).search(shown, mark)]
            return found[0] is not None

        if not until(look, args[1]):
            return False
        mark = found[0].end()
    elif what == "type":
        mark = len(shown)
        os.write(master, args[0].encode("latin1"))
    elif what == "wait":
        until(lambda: False, args[0])
    elif what in ("stop", "go on"):
        child.send_signal(signal.SIGSTOP if what == "stop" else signal.SIGCONT)
    elif what == "signals":
        return until(lambda: bool(termios.tcgetattr(slave)[3] & termios.ISIG) == args[0], args[1])
    elif what == "end":
        return until(lambda: child.poll() is not None, args[0])
    return True


failed = None
times = []
began = time.monotonic()
for each in steps:
    if not step(*each):
        failed = each
        break
    times.append(time.monotonic() - began)
if child.poll() is None:
    child.kill()
    child.wait()
after = settings()
end = {"failed": failed, "status": child.returncode, "shown": shown, "times": times, "same": before == after}
print(json.dumps(end))
`;

/** Runs a command on a terminal of its own, of whose session it is the leader. */
export async function atTerminal(command: readonly string[], cwd: string, steps: Step[]): Promise<Sitting> {
  const stdio: ['ignore', 'pipe', 'inherit'] = ['ignore', 'pipe', 'inherit'];
  const child = spawn('python3', ['-c', PERSON, JSON.stringify(steps), ...command], { cwd, stdio });
  let out = '';
  child.stdout.on('data', (chunk: Buffer) => {
    out += chunk.toString();
  });
  await new Promise((resolve) => child.on('close', resolve));
  return JSON.parse(out) as Sitting;
}
