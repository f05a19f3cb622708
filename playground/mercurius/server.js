'use strict';
const fastify = require('fastify');
const mercurius = require('mercurius');
const { host, port } = require('playground');

const app = fastify();
app.register(mercurius, {
  schema: `
    type Query { add(x: Int, y: Int): Int }
    type Subscription { added: Int }
  `,
  resolvers: {
    Query: { add: async (_, { x, y }) => x + y },
    Subscription: { added: { subscribe: async (_root, _args, { pubsub }) => pubsub.subscribe('ADDED') } },
  },
  subscription: true,
});
app.listen({ host, port });
