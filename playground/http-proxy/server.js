'use strict';
const http = require('http');
const proxy = require('http-proxy').createProxyServer({ target: `http://${process.env.BACKEND}`, ws: true });

// Without a listener, an error of one client or of the backend would end the process.
proxy.on('error', (error, request, response) => {
  if (response && response.writeHead && !response.headersSent) response.writeHead(502).end();
  else if (response) response.destroy();
});

const server = http.createServer((request, response) => proxy.web(request, response));
server.on('upgrade', (request, socket, head) => {
  // The library listens for errors of the client's socket only once the backend has answered 101.
  socket.on('error', () => socket.destroy());
  proxy.ws(request, socket, head);
});
server.listen(Number(process.env.PORT), '127.0.0.1');

process.on('SIGTERM', () => process.exit(0));
