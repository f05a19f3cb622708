# For a server that is one crate: a package named `server`, with a Cargo.lock (Cargo.<version>.lock for older versions, and
# Cargo.<version>.toml where features or other crates differ).
ARG SUITE
FROM stews-playground/base-rust:${SUITE} AS build
ARG PACKAGE
ARG VERSION
ARG LIKE
COPY . ./
# What was compiled on the way is not kept: it is large, and the next build does not look there.
RUN for pinned in "${LIKE}" "${VERSION}"; do \
      if [ -f "Cargo.${pinned}.toml" ]; then cp "Cargo.${pinned}.toml" Cargo.toml; fi; done \
 && if [ -f "Cargo.${VERSION}.lock" ]; then cp "Cargo.${VERSION}.lock" Cargo.lock; fi \
 && sed -i -E "/^${PACKAGE} = /s/\"=[0-9][^\"]*\"/\"=${VERSION}\"/" Cargo.toml \
 && cargo build --release --locked \
 && versions cargo \
 && sed -i '/^playground /d' versions.txt \
 && cp /target/release/server . \
 && rm -rf /target /root/.cargo/registry

FROM stews-playground/base-debian:${SUITE}
COPY --from=build /app/server /app/versions.txt ./
USER app
CMD ["/app/server"]
