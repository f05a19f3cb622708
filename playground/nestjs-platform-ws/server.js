'use strict';
// Nest's decorators are functions: without TypeScript they are called.
require('reflect-metadata');
const { Module } = require('@nestjs/common');
const { NestFactory } = require('@nestjs/core');
const { WebSocketGateway } = require('@nestjs/websockets');
const { WsAdapter } = require('@nestjs/platform-ws');
const { host, port, ws } = require('playground');

class Gateway {
  handleConnection(socket) {
    ws(socket);
  }
}
WebSocketGateway()(Gateway);

class App {}
Module({ providers: [Gateway] })(App);

NestFactory.create(App, { logger: false }).then((app) => {
  app.useWebSocketAdapter(new WsAdapter(app));
  return app.listen(port, host);
});
