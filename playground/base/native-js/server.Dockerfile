# For a runtime of JavaScript that npm carries as one native program: PACKAGE is the package for this processor, and BINARY the
# program in it. A folder has a script `start`, and its program finds what base-node-app shares beside it.
ARG SUITE
FROM stews-playground/base-node-app:${SUITE} AS fetch
ARG NPM_CONFIG_REGISTRY
ARG PACKAGE
ARG BINARY
ARG NAME
ARG VERSION
RUN npm install --ignore-scripts --save-exact "${PACKAGE}@${VERSION}" \
 && cp "node_modules/${PACKAGE}/${BINARY}" /app/runtime \
 && chmod 755 /app/runtime \
 && cp /opt/playground/index.js /app/playground.cjs \
 && versions "${NAME}=${VERSION}"

FROM stews-playground/base-native-js:${SUITE}
COPY --from=fetch /app/runtime /app/versions.txt /app/playground.cjs ./
COPY . ./
USER app
CMD ["sh", "start"]
