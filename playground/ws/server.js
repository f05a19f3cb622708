'use strict';
const { Server } = require('ws');
const { host, port, ws } = require('playground');

new Server({ host, port }).on('connection', ws);
