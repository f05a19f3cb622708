# For a server that is one Go module: go.mod, go.sum and main.go. go.sum holds the checksums of every version that
# server.json lists, so that the older ones are verified too (go.<version>.mod and .sum where a version needs others).
ARG SUITE
FROM stews-playground/base-go:${SUITE} AS build
ARG GOPROXY
ARG PACKAGE
ARG VERSION
COPY . ./
RUN if [ -f "go.${VERSION}.mod" ]; then cp "go.${VERSION}.mod" go.mod; cp "go.${VERSION}.sum" go.sum; fi \
 && go mod edit -require "${PACKAGE}@${VERSION}" \
 && go build -o server . \
 && versions go:server

FROM stews-playground/base-debian:${SUITE}
COPY --from=build /app/server /app/versions.txt ./
USER app
CMD ["/app/server"]
