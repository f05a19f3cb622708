'use strict';
const { WebSocketServer } = require('ws');
const { useServer } = require('graphql-ws/use/ws');
const { GraphQLObjectType, GraphQLSchema, GraphQLString } = require('graphql');
const { host, port } = require('playground');

const schema = new GraphQLSchema({
  query: new GraphQLObjectType({
    name: 'Query',
    fields: { hello: { type: GraphQLString, resolve: () => 'world' } },
  }),
  subscription: new GraphQLObjectType({
    name: 'Subscription',
    fields: {
      greetings: {
        type: GraphQLString,
        subscribe: async function* () {
          for (const hi of ['Hi', 'Bonjour', 'Hola', 'Ciao', 'Zdravo']) yield { greetings: hi };
        },
      },
    },
  }),
});
const server = new WebSocketServer({ host, port, path: '/graphql' });
useServer({ schema }, server);
