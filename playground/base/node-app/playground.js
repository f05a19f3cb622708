'use strict';
// What every server in JavaScript does here, whatever its library: where it listens, and the three applications.
// It also runs on Node.js 4.
var app = process.env.APP || 'echo';

exports.host = '127.0.0.1';
exports.port = Number(process.env.PORT);

// For a connection that has just opened. `send(text)` sends a text message; `echo`, where that needs more, is called with
// the arguments of `message` to send the same message back.
exports.connected = function (send, echo) {
  var tick = 0;
  var timer;
  if (app === 'push') {
    send('hello');
    timer = setInterval(function () {
      // Some libraries throw when the client has gone, before they report the end.
      try { send('tick ' + ++tick); } catch (_) { clearInterval(timer); }
    }, 200);
  }
  return {
    message: app === 'echo' ? echo || send : function () {},
    closed: function () { clearInterval(timer); }
  };
};

// For a WebSocket of the package ws, also where a framework hands it out.
exports.ws = function (socket) {
  var connection = exports.connected(
    function (text) { if (socket.readyState === 1) socket.send(text); },
    function (data, info) {
      // Whether it is binary: a boolean since 8.0, where text comes as a Buffer too; before, the type of the data tells.
      socket.send(data, { binary: typeof info === 'boolean' ? info : typeof data !== 'string' });
    }
  );
  // Without a listener, a protocol error of one client would end the process.
  socket.on('error', function () {});
  socket.on('message', connection.message);
  socket.on('close', connection.closed);
};

process.on('SIGTERM', function () { process.exit(0); });
