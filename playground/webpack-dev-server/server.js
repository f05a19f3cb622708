'use strict';
const webpack = require('webpack');
const WebpackDevServer = require('webpack-dev-server');
const { host, port } = require('playground');

const compiler = webpack({ mode: 'development', entry: './index.js', output: { path: '/home/app' } });
new WebpackDevServer({ host, port }, compiler).start();
