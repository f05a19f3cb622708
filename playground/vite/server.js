'use strict';
const { host, port } = require('playground');

// The program `vite`, as its documentation starts it; it keeps a cache, so not in a folder of root's.
const fs = require('fs');
const os = require('os');
fs.cpSync('site', os.homedir(), { recursive: true });
process.chdir(os.homedir());
process.argv.push('--host', host, '--port', String(port), '--strictPort');
import('/app/node_modules/vite/bin/vite.js');
