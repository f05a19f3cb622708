'use strict';
const { host } = require('playground');

// The program `y-websocket`, which takes HOST and PORT from the environment.
process.env.HOST = host;
import('./node_modules/@y/websocket-server/src/server.js');
