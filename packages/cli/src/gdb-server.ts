import { createServer, type Server, type Socket } from 'node:net';
import { GdbSession } from '@trap12/gdb-remote';
import type { RunHost } from '@trap12/system';
import { debuggersCall, NodeHost } from '@trap12/system/node.js';
import { printLines, TabExpander, writeConsole } from './console.js';
import type { DebugMachine } from './debug-run.js';
import { EXIT, usageError } from './exit.js';
import { GdbConnection, type Left } from './gdb-connection.js';

/** Nobody but programs on this computer. */
const LOOPBACK = '127.0.0.1';
const REFUSED = 'trap12 gdbserver: another gdb is attached; only one can be\n';

/** Takes the clients of a session, one after the other. */
export class GdbServer {
  private readonly server = createServer((socket) => void this.take(socket));
  private connection: GdbConnection | undefined;
  private finish: (result: { error?: unknown }) => void = () => undefined;
  private readonly end = new Promise<{ error?: unknown }>((resolve) => {
    this.finish = resolve;
  });

  /**
   * @param onCome told that a client has come
   * @param onLeft told that it has gone; true: it was the last
   * @param patienceMs host time within which a client has to send a packet
   */
  constructor(
    private readonly session: GdbSession,
    private readonly host: RunHost,
    private readonly onCome: () => void = () => undefined,
    private readonly onLeft: (how: Left) => boolean = (how) => how === 'kill',
    private readonly patienceMs?: number,
  ) {}

  /**
   * The port that it listens at: the one that is wanted, or any that is free if that is 0.
   * @throws CommandError if it cannot be had
   */
  listen(port: number): Promise<number> {
    const { server } = this;
    return new Promise((resolve, reject) => {
      server.once('error', (error: NodeJS.ErrnoException) => reject(refusal(port, error)));
      server.listen({ port, host: LOOPBACK }, () => resolve(portOf(server)));
    });
  }

  private async take(socket: Socket): Promise<void> {
    if (this.connection !== undefined) {
      socket.on('error', () => undefined);
      socket.end(REFUSED);
      return;
    }
    this.connection = new GdbConnection(socket, this.session, this.host, this.patienceMs);
    try {
      this.onCome();
      const left = await this.connection.serve();
      if (this.onLeft(left)) this.finish({});
    } catch (error) {
      this.finish({ error });
    } finally {
      this.connection = undefined;
    }
  }

  /** Until the last client has gone, or close(). */
  async ended(): Promise<void> {
    const { error } = await this.end;
    if (error !== undefined) throw error;
  }

  close(): void {
    this.connection?.end('lost');
    this.server.close();
    this.finish({});
  }
}

function portOf(server: Server): number {
  const address = server.address();
  return address !== null && typeof address === 'object' ? address.port : 0;
}

function refusal(port: number, error: NodeJS.ErrnoException): Error {
  const why: Record<string, string> = {
    EADDRINUSE: 'another program listens there',
    EACCES: 'it is privileged',
  };
  return usageError(`--port ${port}: ${why[error.code ?? ''] ?? error.message}; 0 takes a free one`);
}

const LEFT: Record<Left, string> = {
  detach: 'gdb has detached',
  kill: 'gdb has killed the machine',
  lost: 'the connection to gdb is lost',
};

/** Has gdb work on a machine, one client after the other, until one kills it or somebody stops the server. */
export async function serveGdb(
  { system, history, endNs, ends }: DebugMachine,
  port: number,
): Promise<number> {
  const tabs = new TabExpander();
  system.machine.console.onOutput = (chunk) => writeConsole(tabs.expand(chunk));
  const host = new NodeHost();
  const say = (text: string): void => {
    if (!tabs.atLineStart) writeConsole(tabs.expand('\n'));
    printLines([text]);
  };
  system.target.execution!.guard = (call) => debuggersCall(call);
  const session = new GdbSession(system, history, endNs, ends);
  session.onNotice = say;
  const server = new GdbServer(
    session,
    host,
    () => say('gdb has come'),
    (how) => {
      say(`${LEFT[how]}; the machine stands before step ${history.step + 1}`);
      // Ctrl-C may have ended its work.
      return how === 'kill' || host.interrupted;
    },
  );
  host.onStop(() => server.close());
  try {
    say(`waiting for gdb: target remote ${LOOPBACK}:${await server.listen(port)}`);
    await server.ended();
    return EXIT.done;
  } finally {
    server.close();
    host.close();
  }
}
