# For a server that is one npm package: server.js, and a package.json that pins what the package itself leaves open
# (package.<version>.json where a version needs other pins). Install scripts would only build optional native helpers.
ARG SUITE
FROM stews-playground/base-node-app:${SUITE}
ARG NPM_CONFIG_REGISTRY
ARG PACKAGE
ARG VERSION
COPY . ./
RUN if [ -f "package.${VERSION}.json" ]; then cp "package.${VERSION}.json" package.json; fi \
 && npm install --omit=dev --omit=optional --ignore-scripts --save-exact "${PACKAGE}@${VERSION}" \
 && versions node
USER app
CMD ["node", "server.js"]
