import type { Decoded } from '../syndrome.js';
import type { Arch, FaultCode, Hex, System } from '../types.js';

/** What a panic message turns out to be. */
export interface MessageClass {
  kind: string;
  details?: Record<string, string | number>;
  /** The message without what changes from run to run; by default addresses and numbers are taken out. */
  stable?: string;
  /** What the message itself says of a trap, where the system prints no other block. */
  trap?: {
    name: string;
    mode?: 'kernel' | 'user';
    ip?: Hex;
    address?: Hex;
    code?: FaultCode;
    decoded?: Decoded;
  };
  /** The architecture whose kernels alone print such a message. */
  arch?: Exclude<Arch, 'unknown'>;
  /** The system whose kernels alone have the message in these words. */
  system?: Exclude<System, 'unknown'>;
}
