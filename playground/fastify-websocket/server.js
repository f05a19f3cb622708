'use strict';
const fastify = require('fastify')();
const { host, port, ws } = require('playground');

fastify.register(require('@fastify/websocket'));
fastify.register((routes, _, done) => {
  routes.get('/', { websocket: true }, (connection) => {
    // Before 10.0 a handler gets a stream, with the WebSocket in it.
    if (connection.socket) connection.on('error', () => {});
    ws(connection.socket || connection);
  });
  done();
});
fastify.listen({ host, port });
