import { createServer, type Server, type Socket } from 'node:net';
import type { Readable, Writable } from 'node:stream';
import type { Launcher } from './debuggee.js';
import { FrameGuard } from './framing.js';
import { Session } from './session.js';

/** What sessions are made of. */
export interface ServerOptions {
  launcher: Launcher;
  /** Directory of the kernel's sources */
  sources: string;
  /** Told of clients that are not understood */
  complain(line: string): void;
}

/** Serves one client over a pair of streams, until it is gone or wants no more. */
export function serveStreams(input: Readable, output: Writable, options: ServerOptions): Promise<void> {
  return new Promise((resolve) => {
    const { launcher, sources, complain } = options;
    const session = new Session({ launcher, sources, onEnd: () => resolve() });
    const guard = new FrameGuard();
    guard.on('error', (error) => {
      complain(`dap: not the protocol: ${error.message}`);
      session.end();
    });
    input.on('error', () => session.end());
    input.on('close', () => session.end());
    input.on('end', () => session.end());
    output.on('error', () => session.end());
    session.start(input.pipe(guard), output);
  });
}

/**
 * Serves clients at a port of this computer's own address, each with a session and a machine of its own.
 * @param port 0: any that is free
 * @throws NodeJS.ErrnoException if it cannot be listened at
 */
export function listen(port: number, options: ServerOptions): Promise<Server> {
  const server = createServer((socket: Socket) => {
    socket.setNoDelay(true);
    void serveStreams(socket, socket, options).then(() => socket.end(() => socket.destroy()));
  });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port, host: '127.0.0.1' }, () => {
      server.removeListener('error', reject);
      resolve(server);
    });
  });
}
