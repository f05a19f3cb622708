'use strict';
// As in the README: a bare HTTP server whose 'upgrade' event hands the socket to the library.
const http = require('http');
const WebSocket = require('faye-websocket');
const { host, port, connected } = require('playground');

// What the constructor is given beyond what a connection needs: subprotocols and options.
const settings = {
  'payload-limit': [null, { maxLength: 4096 }],
  // The extension is a package of its own, which comes with the newest version only.
  get compression() { return [null, { extensions: [require('permessage-deflate')] }]; },
  subprotocol: [['chat']]
}[process.env.SETTING] || [];
const isRefused = ({ headers }) =>
  process.env.SETTING === 'subprotocol' && !(headers['sec-websocket-protocol'] || '').split(/\s*,\s*/).includes('chat');

const server = http.createServer();

server.on('upgrade', (request, socket, body) => {
  if (!WebSocket.isWebSocket(request)) return;
  if (isRefused(request)) {
    // The library has no refusal. Without a listener, an error of the client's socket would end the process.
    socket.on('error', () => {}).resume().end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n');
    return;
  }
  const ws = new WebSocket(request, socket, body, ...settings);
  const connection = connected((data) => ws.send(data));
  ws.on('message', (event) => connection.message(event.data));
  ws.on('close', connection.closed);
});

server.listen(port, host);
