# For a server that is one npm package: server.js, and a package.json that pins what the package itself leaves open
# (package.<version>.json where a version, or those that are built like it, need other pins). Install scripts would only build optional native helpers.
ARG SUITE
FROM stews-playground/base-node-app:${SUITE}
ARG NPM_CONFIG_REGISTRY
ARG PACKAGE
ARG VERSION
ARG LIKE
COPY . ./
RUN for pinned in "${LIKE}" "${VERSION}"; do \
      if [ -f "package.${pinned}.json" ]; then cp "package.${pinned}.json" package.json; fi; done \
 && npm install --omit=dev --omit=optional --ignore-scripts --save-exact "${PACKAGE}@${VERSION}" \
 && versions node
USER app
CMD ["node", "server.js"]
