// The token that the page brings its client is another one at every start: here always the same, for clients without the page.
export default {
  plugins: [{ name: 'token', configResolved(config) { config.webSocketToken = 'playground'; } }],
};
