'use strict';
// As in the README: a bare HTTP server whose 'upgrade' event hands the socket to the library.
const http = require('http');
const WebSocket = require('faye-websocket');
const { host, port, connected } = require('playground');

const server = http.createServer();

server.on('upgrade', (request, socket, body) => {
  if (!WebSocket.isWebSocket(request)) return;
  const ws = new WebSocket(request, socket, body);
  const connection = connected((data) => ws.send(data));
  ws.on('message', (event) => connection.message(event.data));
  ws.on('close', connection.closed);
});

server.listen(port, host);
