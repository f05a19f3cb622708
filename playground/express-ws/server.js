'use strict';
const app = require('express')();
const { host, port, ws } = require('playground');

const extend = require('express-ws');
(extend.default || extend)(app);
app.ws('/', ws);
app.listen(port, host);
