'use strict';
const http = require('http');
const Primus = require('primus');
const { host, port } = require('playground');

const server = http.createServer();
const primus = new Primus(server, { transformer: 'websockets' });
primus.on('connection', (spark) => {
  spark.on('data', (data) => spark.write(data));
});
server.listen(port, host);
