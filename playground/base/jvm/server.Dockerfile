# For a server that is one class, Server.java or Server.kt, on artifacts of Maven Central. The arguments are those of `package`.
ARG SUITE
FROM stews-playground/base-jvm:${SUITE} AS build
ARG MAVEN_MIRROR
ARG VERSION
ARG PACKAGES BOMS SOURCES COMMON RENAME KOTLIN JAVA_OPTIONS ARCHIVE
COPY . ./
RUN package

FROM stews-playground/base-jvm:${SUITE}
COPY --from=build /app/server/ ./
USER app
# The JVM as PID 1 handles SIGTERM itself.
CMD ["java", "@options"]
