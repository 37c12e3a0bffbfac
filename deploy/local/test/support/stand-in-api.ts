/** What the broker asks in the place of the api, with any answer. */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { IncomingMessage, RequestListener } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { KeyedCertificateFiles } from '../../src/tls/keyed-certificate.js';

export interface Question {
  readonly url: string | undefined;
  readonly headers: IncomingMessage['headers'];
}

export class StandInApi {
  /** How it answers from now on. */
  answer: RequestListener;
  readonly questions: Question[] = [];
  /** Whoever connected, though he asked nothing. */
  connections = 0;

  private constructor(
    private readonly server: Server,
    answer: RequestListener,
  ) {
    this.answer = answer;
    server.on('connection', () => {
      this.connections += 1;
    });
    server.on('request', (request, response) => {
      this.questions.push({ url: request.url, headers: request.headers });
      this.answer(request, response);
    });
  }

  static async start(files: KeyedCertificateFiles, answer: RequestListener): Promise<StandInApi> {
    const cert = readFileSync(files.certificateFile);
    const server = createServer({ cert, key: readFileSync(files.keyFile) });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new StandInApi(server, answer);
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  /** From the next connection on it shows another certificate. */
  showCertificate(files: KeyedCertificateFiles): void {
    const cert = readFileSync(files.certificateFile);
    this.server.setSecureContext({ cert, key: readFileSync(files.keyFile) });
    this.server.closeAllConnections();
  }

  async stop(): Promise<void> {
    this.server.close();
    this.server.closeAllConnections();
    await once(this.server, 'close');
  }
}
