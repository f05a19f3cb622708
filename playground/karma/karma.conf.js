'use strict';
const { host, port } = require('playground');

module.exports = (config) => config.set({
  basePath: '',
  frameworks: [],
  files: [],
  plugins: [],
  reporters: ['progress'],
  hostname: host,
  listenAddress: host,
  port,
  autoWatch: false,
  browsers: [],
  singleRun: false,
});
