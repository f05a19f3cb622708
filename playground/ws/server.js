'use strict';
const { Server } = require('ws');
const { host, port, ws } = require('playground');

const settings = {
  'payload-limit': { maxPayload: 4096 },
  compression: { perMessageDeflate: true },
  subprotocol: {
    // handleProtocols can select, but not refuse.
    verifyClient: ({ req }) => (req.headers['sec-websocket-protocol'] || '').split(/\s*,\s*/).includes('chat'),
    handleProtocols: () => 'chat'
  }
}[process.env.SETTING];

new Server(Object.assign({ host, port }, settings)).on('connection', ws);
