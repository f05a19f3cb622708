'use strict';
const { host, port } = require('playground');

// The server of its documentation, without the client that its index brings along and that needs a native WebRTC.
import('bittorrent-tracker/server').then(({ default: Server }) => {
  const server = new Server({ udp: false, http: true, ws: true, stats: true });
  server.on('error', (error) => console.error(error.message));
  server.on('warning', (error) => console.error(error.message));
  server.listen(port, { http: host });
});
