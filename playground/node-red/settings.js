'use strict';
module.exports = { uiHost: '127.0.0.1', flowFile: 'flows.json', telemetry: { enabled: false } };
