import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';

/** The client's stream: TLS over TCP, or whatever behaves like it. */
export type ClientSocket = Duplex & Pick<Socket, 'destroySoon'>;
