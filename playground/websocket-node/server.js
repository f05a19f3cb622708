'use strict';
const http = require('http');
const { server: WebSocketServer } = require('websocket');
const { host, port, connected } = require('playground');

const settings = {
  // That of messages is asked only when a further fragment comes: a message in one frame is not held to it.
  'payload-limit': { maxReceivedFrameSize: 4096, maxReceivedMessageSize: 4096 }
}[process.env.SETTING];
const protocol = process.env.SETTING === 'subprotocol' ? 'chat' : null;

const httpServer = http.createServer();
const server = new WebSocketServer(Object.assign({ httpServer }, settings));

server.on('request', (request) => {
  if (protocol && !request.requestedProtocols.includes(protocol)) {
    request.reject();
    return;
  }
  const socket = request.accept(protocol, request.origin);
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
