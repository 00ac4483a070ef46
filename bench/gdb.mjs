/**
 * Packets that the gdb server answers in a second, over TCP, one after the other as gdb asks: registers and
 * memory in turn. Client and server share a processor.
 */
import { once } from 'node:events';
import { connect } from 'node:net';
import { GdbServer } from '@trap12/cli/gdb-server.js';
import { GdbSession, packet } from '@trap12/gdb-remote';
import { History } from '@trap12/system';
import { loadKernel, nodeTurn } from '@trap12/system/node.js';
import { makeSystem } from './system.mjs';

const ROUNDS = 9;
const PACKETS = 2000;

export async function gdbPackets() {
  const system = makeSystem(await loadKernel(undefined, 'checked'), {
    ramBytes: 16 << 20,
    command: 'sleep 100',
  });
  const history = new History(system);
  for (let i = 0; i < 50; i++) history.run(history.now() + 2e7);
  const server = new GdbServer(new GdbSession(system, history, 60e9), { turn: nodeTurn });
  const socket = connect(await server.listen(0), '127.0.0.1');
  try {
    await once(socket, 'connect');
    socket.setNoDelay(true);
    const ask = async (text) => {
      socket.write(packet(Buffer.from(text)));
      let got = '';
      while (!/\$[^#]*#../.test(got)) got += String(await once(socket, 'data'));
      return got;
    };
    if (!(await ask('QStartNoAckMode')).includes('OK')) throw new Error('gdbserver: no answer');
    const stack = system.memory.field('pcpu', system.symbols.address('__globaldata'), 'curproc');
    const memory = `m${(stack >>> 0).toString(16)},40`;
    const samples = [];
    for (let round = 0; round < ROUNDS; round++) {
      const before = process.hrtime.bigint();
      for (let i = 0; i < PACKETS; i++) await ask(i % 2 === 0 ? 'g' : memory);
      samples.push(PACKETS / (Number(process.hrtime.bigint() - before) / 1e9));
    }
    return samples;
  } finally {
    socket.destroy();
    server.close();
  }
}
