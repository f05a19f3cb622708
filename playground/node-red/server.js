'use strict';
const { host, port } = require('playground');

// The program `node-red`, as its documentation starts it.
process.argv.push('--settings', '/app/settings.js', '--userDir', '/home/app', '--port', String(port));
require('./node_modules/node-red/red.js');
