import { kernelConstants, latin1Text, type Memory } from '@trap12/target';
import { guarded } from '../../host/rows.js';
import { type ShowCommand, ShowError } from '../../host/show.js';
import { ptr } from './db_tools.js';

const K = kernelConstants('MSG_MAGIC');
const SIZE_MAX = 1 << 20;

/**
 * What the kernel has said, oldest first, as far as its buffer goes back.
 * @throws ShowError if there is no buffer; BadAddress if it is not in memory
 */
export function messageBuffer(memory: Memory): string {
  const mbp = memory.global('msgbufp');
  if (mbp === 0) throw new ShowError('msgbuf not mapped yet');
  const get = (field: string): number => memory.field('msgbuf', mbp, field);
  if (get('msg_magic') !== K(memory).MSG_MAGIC || get('msg_size') > SIZE_MAX)
    throw new ShowError('*** not a message buffer ***');
  const size = get('msg_size');
  const ring = latin1Text(memory.bytes(get('msg_ptr'), size));
  const end = get('msg_bufx') % size;
  return (ring.slice(end) + ring.slice(0, end)).replaceAll('\0', '');
}

export const showMsgbuf: ShowCommand = {
  name: 'msgbuf',
  help: 'the buffer of kernel messages',
  run(context) {
    const { memory, print } = context;
    const mbp = memory.global('msgbufp');
    if (mbp === 0) throw new ShowError('msgbuf not mapped yet');
    const get = (field: string): number => memory.field('msgbuf', mbp, field);
    print(`msgbufp = ${ptr(mbp)}`);
    guarded(context, 'message buffer', () => {
      print(
        `magic = ${get('msg_magic').toString(16)}, size = ${get('msg_size')}, r = ${get('msg_bufr')}, w = ${get('msg_bufx')}, ptr = ${ptr(get('msg_ptr'))}`,
      );
      for (const line of messageBuffer(memory).replace(/\n$/, '').split('\n')) print(line);
    });
  },
};
