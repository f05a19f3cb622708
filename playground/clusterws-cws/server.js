'use strict';
const { WebSocketServer } = require('@clusterws/cws');
const { host, port, connected } = require('playground');

new WebSocketServer({ host, port }).on('connection', (socket) => {
  // Text comes as a string, binary as an ArrayBuffer.
  const connection = connected((data) => socket.send(data));
  socket.on('error', () => {});
  socket.on('message', connection.message);
  socket.on('close', connection.closed);
});
