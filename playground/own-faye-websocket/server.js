'use strict';
// faye-websocket on an HTTP server of the application's own, dressed as $VARIANT says.
const http = require('http');
const WebSocket = require('faye-websocket');

const port = Number(process.env.PORT);
const variant = process.env.VARIANT;
const server = http.createServer((request, response) => {
  const json = (request.headers.accept || '').includes('json');
  response.statusCode = request.url.startsWith('/socket') ? 426 : 404;
  response.setHeader('Server', 'notifier');
  if (response.statusCode === 426) response.setHeader('Allow', 'GET');
  response.setHeader('Content-Type', json ? 'application/json' : 'text/html; charset=utf-8');
  response.end(json ? `{"code":${response.statusCode}}` : `<!doctype html><title>${response.statusCode}</title><h1>Oops</h1><p>notifier: nothing to see at ${encodeURI(request.url)}</p>`);
});

function refuse(socket, status, text, fields = '') {
  socket.resume().end(`HTTP/1.1 ${status} ${http.STATUS_CODES[status]}\r\nServer: notifier\r\nContent-Type: text/plain\r\nContent-Length: ${text.length}\r\nConnection: close\r\n${fields}\r\n${text}`);
}

server.on('upgrade', (request, socket, head) => {
  socket.on('error', () => {});
  const { origin, authorization } = request.headers;
  const offered = (request.headers['sec-websocket-protocol'] || '').split(/\s*,\s*/);
  if (!WebSocket.isWebSocket(request)) return refuse(socket, 400, 'Can "Upgrade" only to "WebSocket".');
  if (variant !== 'any-origin' && !request.url.startsWith('/socket')) return refuse(socket, 404, 'Not Found');
  if (variant === 'closed-origin' && origin && origin !== `http://127.0.0.1:${port}`) return refuse(socket, 403, 'Cross-origin sockets are not allowed.');
  if (variant === 'token' && authorization !== 'Bearer field') return refuse(socket, 401, 'Unauthorized', 'WWW-Authenticate: Bearer\r\n');
  if (variant === 'subprotocol' && !offered.includes('chat.v2')) return refuse(socket, 400, 'No acceptable subprotocol');
  const options = variant === 'custom-front' ? { headers: { Server: 'notifier', 'X-Node': 'a1' }, ping: 30 } : {};
  const ws = new WebSocket(request, socket, head, variant === 'subprotocol' ? ['chat.v2'] : [], options);
  ws.on('error', () => {});
  // Before it is open, close() would end the connection without a handshake.
  if (variant === 'close-4008') return ws.on('open', () => ws.close(4008, 'Policy violation'));
  if (variant === 'custom-front') ws.send('notifier ready');
  if (variant === 'greeting') ws.send(JSON.stringify({ type: 'init', items: Array.from({ length: 600 }, (_, i) => ({ id: `n${i}`, title: `Notification ${i}`, read: i % 2 === 0 })) }));
  ws.on('message', (event) => ws.send(event.data));
});

process.on('SIGTERM', () => process.exit(0));
server.listen(port, '127.0.0.1');
