# For a server.c or server.cpp on a library of Debian's: PACKAGE has its headers (RELEASE is its exact version where that is
# not VERSION and a revision of Debian's), PACKAGES are further ones that it needs, MODULES what pkg-config knows it by, FLAGS
# the compiler's flags for what pkg-config does not know.
ARG SUITE
FROM stews-playground/base-c:${SUITE} AS build
ARG PACKAGE
ARG PACKAGES
ARG VERSION
ARG RELEASE
RUN install-packages "${PACKAGE}=${RELEASE:-${VERSION}*}" ${PACKAGES}
ARG MODULES
ARG FLAGS
COPY . ./
RUN build-server "${PACKAGE}" "${MODULES}" "${FLAGS}"

FROM stews-playground/base-debian:${SUITE}
COPY --from=build /app/lib/ lib/
COPY --from=build /app/server /app/versions.txt ./
ENV LD_LIBRARY_PATH=/app/lib
USER app
CMD ["/app/server"]
