'use strict';
// ws with noServer below an HTTP server of the application's own, dressed as $VARIANT says.
const http = require('http');
const { WebSocketServer } = require('ws');

const port = Number(process.env.PORT);
const variant = process.env.VARIANT;
const page = '<!DOCTYPE html>\n<html><head><title>Page not found</title></head><body><h1>404</h1><p>We could not find that page. <a href="/">Home</a></p></body></html>\n';

const server = http.createServer((request, response) => {
  const { pathname } = new URL(request.url, 'http://localhost');
  if (variant === 'custom-front') {
    response.setHeader('Server', 'front/3.2');
    response.setHeader('X-Request-Id', Math.random().toString(16).slice(2, 14));
  }
  if (pathname === '/live' && variant !== 'any-origin') {
    response.writeHead(426, { 'Content-Type': 'application/json; charset=utf-8', Allow: 'GET', Upgrade: 'websocket' });
    response.end(JSON.stringify({ error: 'upgrade_required', message: 'This endpoint speaks WebSocket only.' }));
  } else if (pathname === '/') {
    response.writeHead(200, { 'Content-Type': 'text/html; charset=utf-8' });
    response.end('<!DOCTYPE html>\n<title>Live</title><script>new WebSocket("/live")</script>\n');
  } else {
    response.writeHead(404, { 'Content-Type': 'text/html; charset=utf-8', 'Cache-Control': 'no-store' });
    response.end(page);
  }
});

const sockets = new WebSocketServer({
  noServer: true,
  ...(variant === 'subprotocol' && { handleProtocols: (offered) => (offered.has('chat.v2') ? 'chat.v2' : false) })
});

// As the documentation's example with authentication: the refusal is the application's own, on the raw socket.
function refuse(socket, status, body, headers = {}) {
  const text = JSON.stringify(body);
  const fields = { Connection: 'close', 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(text), ...headers };
  const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.end(`HTTP/1.1 ${status} ${http.STATUS_CODES[status]}\r\n${lines.join('')}\r\n${text}`);
}

const offered = (request) => (request.headers['sec-websocket-protocol'] || '').split(/\s*,\s*/);

server.on('upgrade', (request, socket, head) => {
  socket.on('error', () => {});
  const { pathname } = new URL(request.url, 'http://localhost');
  const { origin, authorization } = request.headers;
  if (variant !== 'any-origin' && pathname !== '/live') return refuse(socket, 404, { error: 'not_found' });
  if (variant === 'custom-front') {
    if (request.method !== 'GET') return refuse(socket, 405, { error: 'method_not_allowed' }, { Server: 'front/3.2', Allow: 'GET' });
    if (request.headers['sec-websocket-version'] !== '13' || !/^[+/0-9A-Za-z]{22}==$/.test(request.headers['sec-websocket-key'])) {
      return refuse(socket, 400, { error: 'bad_upgrade', message: 'Not a WebSocket handshake.' }, { Server: 'front/3.2', 'Sec-WebSocket-Version': 13 });
    }
  }
  if (variant === 'closed-origin' && origin && origin !== `http://127.0.0.1:${port}`) {
    return refuse(socket, 403, { error: 'origin_not_allowed', origin });
  }
  if (variant === 'token' && authorization !== 'Bearer field') {
    return refuse(socket, 401, { error: 'unauthorized' }, { 'WWW-Authenticate': 'Bearer realm="live"' });
  }
  if (variant === 'subprotocol' && !offered(request).includes('chat.v2')) {
    return refuse(socket, 400, { error: 'unsupported_subprotocol', supported: ['chat.v2'] });
  }
  sockets.handleUpgrade(request, socket, head, (connection) => sockets.emit('connection', connection, request));
});

sockets.on('headers', (headers) => {
  if (variant === 'custom-front') headers.push('Server: front/3.2');
});

const state = () => ({
  type: 'state',
  now: Date.now(),
  users: Array.from({ length: 400 }, (_, id) => ({ id, name: `user-${id}`, online: id % 3 === 0, room: `room-${id % 7}`, score: id * 17 }))
});

sockets.on('connection', (socket) => {
  socket.on('error', () => {});
  if (variant === 'close-1008') return socket.close(1008, 'policy violation: not authenticated');
  if (variant === 'custom-front') socket.send('Welcome to live. Type /help for help.');
  if (variant === 'greeting') socket.send(JSON.stringify(state()));
  socket.on('message', (data, binary) => socket.send(data, { binary }));
});

process.on('SIGTERM', () => process.exit(0));
server.listen(port, '127.0.0.1');
