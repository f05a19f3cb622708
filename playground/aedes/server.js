'use strict';
const http = require('http');
const ws = require('ws');
const { Aedes } = require('aedes');
const { host, port } = require('playground');

// The WebSocket part of the package's example.js.
(async () => {
  const aedes = await Aedes.createBroker();
  const httpServer = http.createServer();
  const wss = new ws.WebSocketServer({ server: httpServer });
  wss.on('connection', (websocket, req) => {
    const stream = ws.createWebSocketStream(websocket);
    stream.on('error', () => {});
    aedes.handle(stream, req);
  });
  httpServer.listen(port, host);
})();
