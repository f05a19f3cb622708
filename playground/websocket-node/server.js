'use strict';
const http = require('http');
const { server: WebSocketServer } = require('websocket');
const { host, port, connected } = require('playground');

const httpServer = http.createServer();
const server = new WebSocketServer({ httpServer });

server.on('request', (request) => {
  const socket = request.accept(null, request.origin);
  const { message, closed } = connected(
    (text) => socket.sendUTF(text),
    (data) => (data.type === 'utf8' ? socket.sendUTF(data.utf8Data) : socket.sendBytes(data.binaryData))
  );
  // Without a listener, an error of one client's socket would end the process.
  socket.on('error', () => {});
  socket.on('message', message);
  socket.on('close', closed);
});

httpServer.listen(port, host);
