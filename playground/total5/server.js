'use strict';
require('total5');
const { host, port, connected } = require('playground');

// A route has one kind of message, so the kind is set to that of each frame.
function send(client, data) {
  client.datatype = typeof data === 'string' ? 'text' : 'binary';
  client.send(data, true);
  client.datatype = 'binary';
}

ROUTE('SOCKET /', (route) => {
  route.on('open', (client) => {
    client.datatype = 'binary';
    client.connection = connected((data) => send(client, data));
  });
  route.on('message', (client, data) => {
    const opcode = client.current.type || client.current.type2;
    client.connection.message(opcode === 1 ? data.toString() : data);
  });
  route.on('close', (client) => client.connection.closed());
});
Total.http({ ip: host, port, load: 'none' });
