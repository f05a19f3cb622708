# For a server that is one Go module: go.mod, go.sum and main.go. go.mod requires only what the program names; the rest
# follows from the version (-mod=mod, minimal version selection). go.sum holds the checksums of all versions that
# server.json lists, and none may be missing. MODULES are further requirements of one version, as `module@version`.
ARG SUITE
FROM stews-playground/base-go:${SUITE} AS build
ARG GOPROXY
ARG PACKAGE
ARG VERSION
ARG MODULES
COPY . ./
RUN if [ -f "go.${VERSION}.sum" ]; then cp "go.${VERSION}.sum" go.sum; fi \
 && for module in "${PACKAGE}@${VERSION}" ${MODULES}; do go mod edit -require "${module}"; done \
 && cp go.sum /tmp/go.sum \
 && go build -mod=mod -o server . \
 && cmp go.sum /tmp/go.sum \
 && versions go:server

FROM stews-playground/base-debian:${SUITE}
COPY --from=build /app/server /app/versions.txt ./
USER app
CMD ["/app/server"]
