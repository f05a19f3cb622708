'use strict';
// As in the README: a bare HTTP server whose 'upgrade' event hands the socket to the library.
const http = require('http');
const WebSocket = require('faye-websocket');

const app = process.env.APP || 'echo';
const server = http.createServer();

server.on('upgrade', (request, socket, body) => {
  if (!WebSocket.isWebSocket(request)) return;
  const ws = new WebSocket(request, socket, body);
  if (app === 'echo') {
    ws.on('message', (event) => ws.send(event.data));
  } else {
    ws.on('message', () => {});
  }
  let timer;
  if (app === 'push') {
    let tick = 0;
    ws.send('hello');
    timer = setInterval(() => ws.send(`tick ${++tick}`), 200);
  }
  ws.on('close', () => clearInterval(timer));
});

server.listen(Number(process.env.PORT), '127.0.0.1');
process.on('SIGTERM', () => process.exit(0));
