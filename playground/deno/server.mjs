import { createRequire } from 'node:module';
import process from 'node:process';

globalThis.process ??= process;
const { host, port, connected } = createRequire(import.meta.url)('./playground.cjs');

Deno.serve({ hostname: host, port }, (request) => {
  const { socket, response } = Deno.upgradeWebSocket(request);
  let connection;
  socket.addEventListener('open', () => {
    connection = connected((data) => socket.send(data));
  });
  // Binary messages come as ArrayBuffer (the default binaryType of older versions is blob).
  socket.binaryType = 'arraybuffer';
  socket.addEventListener('message', (event) => connection.message(event.data));
  socket.addEventListener('close', () => connection?.closed());
  socket.addEventListener('error', () => connection?.closed());
  return response;
});
