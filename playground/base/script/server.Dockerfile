# For a server of Debian packages. PACKAGE is the one whose upstream version is VERSION; PACKAGES are all that it runs with,
# and COMMAND starts it. A compiled one has BUILD_PACKAGES and COMPILE, in a stage of their own.
ARG SUITE
FROM stews-playground/base-script:${SUITE} AS build
ARG BUILD_PACKAGES=""
ARG COMPILE=true
RUN packages ${BUILD_PACKAGES}
COPY . ./
RUN sh -euc "${COMPILE}"

FROM stews-playground/base-script:${SUITE}
ARG PACKAGES=""
ARG PACKAGE
ARG VERSION
ARG COMMAND
RUN packages ${PACKAGES}
COPY --from=build /app ./
# Once more, to add them to the listing that came from the build.
RUN packages ${PACKAGES} \
 && grep -Eq "^${PACKAGE} ([0-9]+:)?${VERSION}([+~-]|\$)" versions.txt
ENV COMMAND=${COMMAND}
USER app
CMD ["sh", "-c", "eval \"exec ${COMMAND}\""]
