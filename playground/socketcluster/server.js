'use strict';
const http = require('http');
const socketClusterServer = require('socketcluster-server');
const { host, port } = require('playground');

const httpServer = http.createServer();
const agServer = socketClusterServer.attach(httpServer);
(async () => {
  for await (const { socket } of agServer.listener('connection')) socket;
})();
(async () => {
  for await (const { error } of agServer.listener('error')) console.error(error.message);
})();
httpServer.listen(port, host);
