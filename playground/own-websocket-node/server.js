'use strict';
// WebSocket-Node mounted on an HTTP server of the application's own, dressed as $VARIANT says.
const http = require('http');
const { server: WebSocketServer } = require('websocket');

const port = Number(process.env.PORT);
const variant = process.env.VARIANT;

function answer(response, status, type, body, headers = {}) {
  response.writeHead(status, { 'Content-Type': type, 'Content-Length': Buffer.byteLength(body), ...headers });
  response.end(body);
}

const httpServer = http.createServer((request, response) => {
  const front = variant === 'custom-front' ? { Server: 'Pulse', 'X-Frame-Options': 'DENY' } : {};
  if (request.url.startsWith('/ws')) {
    answer(response, 400, 'application/json', '{"status":400,"error":"Bad Request","detail":"websocket expected"}', { ...front, Allow: 'GET, HEAD' });
  } else {
    answer(response, 404, 'text/html', '<html><body style="font-family:sans-serif"><h2>Nothing here</h2><p>Pulse has no such page.</p></body></html>', front);
  }
});

const server = new WebSocketServer({ httpServer, maxReceivedFrameSize: 1 << 20, maxReceivedMessageSize: 8 << 20 });

server.on('request', (request) => {
  const refuse = (status, reason, headers) => request.reject(status, reason, headers);
  const { resource, origin, requestedProtocols } = request;
  const { authorization } = request.httpRequest.headers;
  if (variant !== 'any-origin' && !resource.startsWith('/ws')) return refuse(404, 'No socket at this path');
  if (variant === 'closed-origin' && origin && origin !== `http://127.0.0.1:${port}`) return refuse(403, 'Origin not allowed');
  if (variant === 'token' && authorization !== 'Bearer field') return refuse(401, 'Token missing or invalid', { 'WWW-Authenticate': 'Bearer' });
  if (variant === 'subprotocol' && !requestedProtocols.includes('chat.v2')) return refuse(400, 'chat.v2 required');
  const socket = request.accept(variant === 'subprotocol' ? 'chat.v2' : null, origin);
  socket.on('error', () => {});
  if (variant === 'close-1008') return socket.close(1008, 'Not allowed here');
  if (variant === 'custom-front') socket.sendUTF('{"hello":"pulse","version":"1.4.0"}');
  if (variant === 'greeting') {
    const rows = Array.from({ length: 500 }, (_, i) => ({ metric: `cpu.${i}`, value: i / 7, unit: 'percent', at: 1700000000 + i }));
    socket.sendUTF(JSON.stringify({ event: 'snapshot', rows }));
  }
  socket.on('message', (data) => (data.type === 'utf8' ? socket.sendUTF(data.utf8Data) : socket.sendBytes(data.binaryData)));
});

process.on('SIGTERM', () => process.exit(0));
httpServer.listen(port, '127.0.0.1');
