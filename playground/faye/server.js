'use strict';
const http = require('http');
const faye = require('faye');
const { host, port } = require('playground');

const server = http.createServer();
const bayeux = new faye.NodeAdapter({ mount: '/bayeux', timeout: 45 });
bayeux.attach(server);
server.listen(port, host);
