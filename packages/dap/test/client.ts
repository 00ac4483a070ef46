import { createServer } from 'node:net';
import { DebugClient } from '@vscode/debugadapter-testsupport';
import type { DebugProtocol } from '@vscode/debugprotocol';
import { createSystem, History, type System, type SystemOptions } from '@trap12/system';
import { compileFile } from '@trap12/system/compile.js';
import { loadKernel, SOURCES } from '@trap12/system/node.js';
import { type Debuggee, type Launcher, listen, RequestError } from '../src/index.js';

const checked = await loadKernel(undefined, 'checked');

/** Machines that were launched, the last one last. */
export const machines: { system: System; history: History }[] = [];

async function made(options: Partial<SystemOptions>, opensAtEnd: boolean): Promise<Debuggee> {
  const system = createSystem(checked, { ramBytes: 16 << 20, swapBytes: 24 << 20, seed: 3, ...options });
  const history = new History(system);
  machines.push({ system, history });
  const again = (): Promise<Debuggee> => made(options, opensAtEnd);
  return { system, history, endNs: 60e9, opensAtEnd, lines: ['made'], again };
}

/** Takes the machine's options as they are. */
const launcher: Launcher = async (configuration) => {
  if (configuration.wrong !== undefined) throw new RequestError('launch: wrong is wrong');
  const { program, opensAtEnd } = configuration;
  const options = configuration.options as Partial<SystemOptions>;
  const executables = typeof program === 'string' ? [compileFile(program)] : [];
  return made({ ...options, executables }, opensAtEnd === true);
};

type Stopped = DebugProtocol.StoppedEvent['body'];

/** A client at a server of its own, which can wait. */
export class Client extends DebugClient {
  output = '';
  readonly stops: Stopped[] = [];

  constructor() {
    super('', '', 'trap12');
    this.on('output', (event: DebugProtocol.OutputEvent) => {
      this.output += event.body.output;
    });
    this.on('stopped', (event: DebugProtocol.StoppedEvent) => this.stops.push(event.body));
  }

  /** Sends a request, and gives its body. */
  async ask<T = Record<string, never>>(command: string, args?: object): Promise<T> {
    return (await this.send(command, args)).body as T;
  }

  /** The message of a request that fails. */
  async refusal(command: string, args?: object): Promise<string> {
    return this.send(command, args).then(
      () => 'it was not refused',
      (error: Error) => error.message,
    );
  }

  /** Launches a machine, lets `prepare` set what it likes, and waits until it stands. */
  async open(
    configuration: object,
    prepare: () => Promise<unknown> = async () => undefined,
  ): Promise<Stopped> {
    await this.initializeRequest();
    const ready = this.waitForEvent('initialized');
    const stopped = this.waitForEvent('stopped');
    await this.launchRequest(configuration as DebugProtocol.LaunchRequestArguments);
    await ready;
    await prepare();
    await this.configurationDoneRequest();
    return ((await stopped) as DebugProtocol.StoppedEvent).body;
  }

  /** Has the machine go by a request, and waits until it stands. */
  async go(command: string, args: object = {}): Promise<Stopped> {
    const stopped = this.waitForEvent('stopped');
    await this.send(command, { threadId: this.stops.at(-1)!.threadId, ...args });
    return ((await stopped) as DebugProtocol.StoppedEvent).body;
  }

  /** The stack of what stands. */
  async frames(levels = 0): Promise<DebugProtocol.StackFrame[]> {
    const args = { threadId: this.stops.at(-1)!.threadId, levels };
    return (await this.ask<DebugProtocol.StackTraceResponse['body']>('stackTrace', args)).stackFrames;
  }

  /** Function and line of what stands. */
  async place(): Promise<string> {
    const [top] = await this.frames(1);
    return `${top!.name} ${top!.source?.name}:${top!.line}`;
  }

  async variables(variablesReference: number, more: object = {}): Promise<DebugProtocol.Variable[]> {
    const body = await this.ask<DebugProtocol.VariablesResponse['body']>('variables', {
      variablesReference,
      ...more,
    });
    return body.variables;
  }

  /** The variables of one of a frame's scopes. */
  async scope(frameId: number, name: string): Promise<DebugProtocol.Variable[]> {
    const { scopes } = await this.ask<DebugProtocol.ScopesResponse['body']>('scopes', { frameId });
    return this.variables(scopes.find((each) => each.name === name)!.variablesReference);
  }

  async value(expression: string, context = 'watch', frameId?: number): Promise<string> {
    const args = { expression, context, ...(frameId === undefined ? {} : { frameId }) };
    return (await this.ask<DebugProtocol.EvaluateResponse['body']>('evaluate', args)).result;
  }
}

const servers: { close(): void }[] = [];

/** A server in this process; complaints are kept. */
export async function serve(sources = SOURCES): Promise<{ port: number; complaints: string[] }> {
  const complaints: string[] = [];
  const server = await listen(0, { launcher, sources, complain: (line) => complaints.push(line) });
  servers.push(server);
  return { port: (server.address() as { port: number }).port, complaints };
}

export async function connected(port: number): Promise<Client> {
  const client = new Client();
  await client.start(port);
  return client;
}

export function closeAll(): void {
  for (const server of servers) server.close();
}

/** A port where somebody else listens. */
export async function takenPort(): Promise<number> {
  const server = createServer();
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as { port: number }).port;
}
