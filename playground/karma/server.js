'use strict';
require('playground');

// The program `karma start`, as its documentation starts it.
process.argv.push('start', 'karma.conf.js');
require('karma/bin/karma');
