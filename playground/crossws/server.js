'use strict';
const { host, port, connected } = require('playground');

import('crossws/server').then(({ serve }) => serve({
  hostname: host,
  port,
  fetch: () => new Response('a WebSocket, please', { status: 426 }),
  websocket: {
    open(peer) {
      peer.context.connection = connected((data) => peer.send(data));
    },
    message(peer, message) {
      peer.context.connection.message(message.rawData);
    },
    close(peer) {
      peer.context.connection.closed();
    },
    error() {},
  },
}));
