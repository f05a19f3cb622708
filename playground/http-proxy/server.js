'use strict';
const proxy = require('http-proxy').createProxyServer({ target: `http://${process.env.BACKEND}`, ws: true });

// Without a listener, an error of one client or of the backend would end the process.
proxy.on('error', (error, request, response) => {
  if (response && response.writeHead && !response.headersSent) response.writeHead(502).end();
  else if (response) response.destroy();
});
proxy.listen(Number(process.env.PORT), '127.0.0.1');

process.on('SIGTERM', () => process.exit(0));
