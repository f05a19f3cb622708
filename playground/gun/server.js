'use strict';
const http = require('http');
const Gun = require('gun');
const { host, port } = require('playground');

// It stores what it is told in a folder of the one it is started in.
process.chdir(require('os').homedir());
const server = http.createServer(Gun.serve(__dirname));
// Its multicast would leave the loopback interface.
Gun({ web: server.listen(port, host), multicast: false });
