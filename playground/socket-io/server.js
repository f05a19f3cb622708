'use strict';
const { createServer } = require('http');
const { Server } = require('socket.io');
const { host, port } = require('playground');

const httpServer = createServer();
const io = new Server(httpServer);
io.on('connection', (socket) => {
  socket.on('message', (message) => socket.send(message));
});
httpServer.listen(port, host);
