# For a server that is one package of PyPI: server.py, and a requirements.txt that pins all that the package needs
# (requirements.<version>.txt where a version needs other pins).
ARG SUITE
FROM stews-playground/base-python:${SUITE}
ARG PIP_INDEX_URL
ARG PACKAGE
ARG VERSION
COPY . ./
RUN if [ -f "requirements.${VERSION}.txt" ]; then cp "requirements.${VERSION}.txt" requirements.txt; fi \
 && touch requirements.txt \
 && pip install --only-binary :all: -r requirements.txt \
 && pip install --no-deps "${PACKAGE}==${VERSION}" \
 && pip check \
 && versions python
USER app
CMD ["python3", "server.py"]
