'use strict';
const Koa = require('koa');
const websockify = require('koa-websocket');
const { host, port, ws } = require('playground');

const app = websockify(new Koa());
app.ws.use((context) => ws(context.websocket));
app.listen(port, host);
