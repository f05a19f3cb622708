'use strict';
const { host, port } = require('playground');

// The program `peerjs`, as its documentation starts it.
process.argv.push('--host', host, '--port', String(port));
import('./node_modules/peer/dist/bin/peerjs.js');
