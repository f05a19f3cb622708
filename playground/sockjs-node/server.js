'use strict';
const http = require('http');
const sockjs = require('sockjs');
const { host, port } = require('playground');

const echo = sockjs.createServer();
echo.on('connection', (conn) => {
  conn.on('data', (message) => conn.write(message));
  conn.on('close', () => {});
});
const server = http.createServer();
echo.installHandlers(server, { prefix: '/echo' });
server.listen(port, host);
