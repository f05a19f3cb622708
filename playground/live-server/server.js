'use strict';
const { host, port } = require('playground');

// The program `live-server`, as its documentation starts it.
process.argv.push('--host=' + host, '--port=' + port, '--no-browser', 'site');
require('./node_modules/live-server/live-server.js');
