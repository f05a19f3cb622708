# What a version that was not built before has to pin, by the pins of the one that it is built like: leaves /app/pins.
ARG SUITE
FROM stews-playground/base-rust:${SUITE}
ARG PACKAGE
ARG VERSION
ARG LIKE
COPY . ./
# The lock file changes only where the other version asks for it, and takes nothing that needs a newer compiler.
RUN for end in toml lock; do \
      if [ -f "Cargo.${LIKE}.${end}" ]; then cp "Cargo.${LIKE}.${end}" "Cargo.${end}"; fi; done \
 && sed -i -E "/^${PACKAGE} = /s/\"=[0-9][^\"]*\"/\"=${VERSION}\"/" Cargo.toml \
 && CARGO_RESOLVER_INCOMPATIBLE_RUST_VERSIONS=fallback cargo metadata --format-version 1 > /dev/null \
 && cp Cargo.lock pins
