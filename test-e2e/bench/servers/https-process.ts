/** What Node's HTTPS server takes by itself: it reads each body to its end and answers 204. */
import { createServer } from 'node:https';
import { announce, listenOptions } from './reference-listener.js';

const server = createServer(listenOptions(), (request, response) => {
  request.resume().once('end', () => {
    response.writeHead(204).end();
  });
});
server.listen(listenOptions());
await announce(server);
