'use strict';
const { Server } = require('@hocuspocus/server');
const { host, port } = require('playground');

// Its listen() would not keep to the loopback interface.
new Server().httpServer.listen(port, host);
