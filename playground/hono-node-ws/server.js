'use strict';
const { host, port, connected } = require('playground');
const { Hono } = require('hono');
const { serve } = require('@hono/node-server');
const { createNodeWebSocket } = require('@hono/node-ws');

const app = new Hono();
const { injectWebSocket, upgradeWebSocket } = createNodeWebSocket({ app });
app.get('/', upgradeWebSocket(() => {
  let connection;
  return {
    onOpen(_, socket) { connection = connected((data) => socket.send(data)); },
    onMessage(event) { connection.message(event.data); },
    onClose() { connection.closed(); },
  };
}));
injectWebSocket(serve({ fetch: app.fetch, hostname: host, port }));

// @hono/node-ws awaits in its 'upgrade' listener: what it throws for a malformed target would end the process.
process.on('unhandledRejection', () => {});
