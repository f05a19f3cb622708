# For a proxy that a Debian package holds. PACKAGES: that package, and others where it needs them.
ARG SUITE
FROM stews-playground/base-proxy:${SUITE}
ARG PACKAGES
ARG VERSION
RUN apt-get update \
 && apt-get install -y --no-install-recommends ${PACKAGES} \
 && rm -rf /var/lib/apt/lists/* \
 && versions $(printf 'dpkg:%s ' ${PACKAGES})
# A suite's updates may bring another version than the one that server.json names.
RUN sed -E 's/^([^ ]*) ([0-9]+:)?/\1 /' versions.txt | grep -E "^${PACKAGES%% *} $(echo "${VERSION}" | sed 's/[.+]/\\&/g')([-+~]|$)"
COPY . ./
USER app
