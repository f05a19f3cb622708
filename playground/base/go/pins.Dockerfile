# What a version that was not built before has to pin, by the pins of the one that it is built like: leaves /app/pins.
ARG SUITE
FROM stews-playground/base-go:${SUITE}
ARG GOPROXY
ARG PACKAGE
ARG VERSION
ARG MODULES
COPY . ./
RUN for module in "${PACKAGE}@${VERSION}" ${MODULES}; do go mod edit -require "${module}"; done \
 && go build -mod=mod -o /dev/null . \
 && cp go.sum pins
