'use strict';
const WebSocket = require('ws');

const app = process.env.APP || 'echo';
const server = new WebSocket.Server({ host: '127.0.0.1', port: Number(process.env.PORT) });

server.on('connection', (socket) => {
  // Without a listener, a protocol error of one client would end the process.
  socket.on('error', () => {});
  if (app === 'echo') {
    socket.on('message', (data, isBinary) => {
      // Before 8.0 there is no second argument, and text arrives as a string.
      const binary = isBinary === undefined ? typeof data !== 'string' : isBinary;
      socket.send(data, { binary });
    });
  } else {
    socket.on('message', () => {});
  }
  if (app === 'push') {
    let tick = 0;
    socket.send('hello');
    const timer = setInterval(() => {
      if (socket.readyState === WebSocket.OPEN) socket.send(`tick ${++tick}`);
    }, 200);
    socket.on('close', () => clearInterval(timer));
  }
});

process.on('SIGTERM', () => process.exit(0));
