import { createServer, type Server, type Socket } from 'node:net';
import { GdbSession } from '@trap12/gdb-remote';
import { NodeHost } from '@trap12/system/node.js';
import { printLines, TabExpander, writeConsole } from './console.js';
import type { DebugMachine } from './debug-run.js';
import { EXIT, usageError } from './exit.js';
import { GdbConnection } from './gdb-connection.js';

/** Nobody but programs on this computer. */
const LOOPBACK = '127.0.0.1';

/** Has gdb work on a machine, one client after the other, until one kills it or somebody stops the server. */
export async function serveGdb(machine: DebugMachine, port: number): Promise<number> {
  const { system, history, endNs, ends } = machine;
  const session = new GdbSession(system, history, endNs, ends);
  const tabs = new TabExpander();
  system.machine.console.onOutput = (chunk) => writeConsole(tabs.expand(chunk));
  const host = new NodeHost();
  const server = createServer({ noDelay: true });
  let connection: GdbConnection | undefined;
  let finish: () => void = () => undefined;
  const finished = new Promise<void>((resolve) => {
    finish = resolve;
  });
  const onInterrupt = (): void => {
    connection?.end('lost');
    finish();
  };
  process.on('SIGINT', onInterrupt);
  const serve = async (socket: Socket): Promise<void> => {
    if (connection !== undefined) {
      socket.on('error', () => undefined);
      socket.end('trap12 gdbserver: another gdb is attached; only one can be\n');
      return;
    }
    connection = new GdbConnection(socket, session, host);
    printLines(['gdb has come']);
    const left = await connection.serve();
    connection = undefined;
    if (!tabs.atLineStart) writeConsole(tabs.expand('\n'));
    printLines([`${LEFT[left]}; the machine stands before step ${history.step + 1}`]);
    // Ctrl-C has reached it in the middle of the machine's work.
    if (left === 'kill' || host.interrupted) finish();
  };
  let failed: unknown;
  server.on('connection', (socket) => {
    serve(socket).catch((error: unknown) => {
      failed = error;
      finish();
    });
  });
  try {
    printLines([`waiting for gdb: target remote ${LOOPBACK}:${await listen(server, port)}`]);
    await finished;
    if (failed !== undefined) throw failed;
    return EXIT.done;
  } finally {
    process.removeListener('SIGINT', onInterrupt);
    server.close();
    host.close();
  }
}

const LEFT = {
  detach: 'gdb has detached',
  kill: 'gdb has killed the machine',
  lost: 'the connection is lost',
};

/** The port that it listens at: the one that is wanted, or any that is free if that is 0. */
function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const why: Record<string, string> = {
        EADDRINUSE: 'another program listens there',
        EACCES: 'it is privileged',
      };
      reject(usageError(`--port ${port}: ${why[error.code ?? ''] ?? error.message}; 0 takes a free one`));
    });
    server.listen({ port, host: LOOPBACK }, () => {
      const address = server.address();
      resolve(address !== null && typeof address === 'object' ? address.port : port);
    });
  });
}
