'use strict';
const { createServer } = require('http');
const express = require('express');
const { Server, Room } = require('@colyseus/core');
const { WebSocketTransport } = require('@colyseus/ws-transport');
const { host, port } = require('playground');

class MyRoom extends Room {
  onCreate() {
    this.onMessage('*', (client, type, message) => client.send(type, message));
  }
}
const app = express();
const gameServer = new Server({ transport: new WebSocketTransport({ server: createServer(app) }), greet: false });
gameServer.define('my_room', MyRoom);
gameServer.listen(port, host);
