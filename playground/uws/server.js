'use strict';
const uws = require('uws');
const playground = require('playground');

const server = new uws.Server({ host: playground.host, port: playground.port });

server.on('connection', (socket) => {
  // Text comes as a string, binary as an ArrayBuffer.
  const connection = playground.connected((data) => socket.send(data));
  socket.on('error', () => {});
  socket.on('message', connection.message);
  socket.on('close', connection.closed);
});
