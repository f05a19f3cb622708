const { host, port, connected } = require('./playground.cjs');

Bun.serve({
  hostname: host,
  port,
  fetch(request, server) {
    if (server.upgrade(request, { data: {} })) return undefined;
    return new Response('a WebSocket, please', { status: 426 });
  },
  websocket: {
    open(socket) {
      socket.data.connection = connected((data) => socket.send(data));
    },
    message(socket, message) {
      socket.data.connection.message(message);
    },
    close(socket) {
      socket.data.connection.closed();
    },
  },
});
