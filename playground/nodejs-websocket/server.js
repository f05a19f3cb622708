'use strict';
const websocket = require('nodejs-websocket');
const { host, port, connected } = require('playground');

websocket.createServer((socket) => {
  const { message, closed } = connected(
    (text) => socket.sendText(text),
    (data) => (typeof data === 'string' ? socket.sendText(data) : socket.sendBinary(data))
  );
  // Without a listener, an error of one client's socket would end the process.
  socket.on('error', () => {});
  socket.on('text', message);
  socket.on('binary', (stream) => {
    const parts = [];
    stream.on('data', (part) => parts.push(part));
    stream.on('end', () => message(Buffer.concat(parts)));
  });
  socket.on('close', closed);
}).listen(port, host);
