# For a server that is one package of PyPI: server.py, and a requirements.txt that pins all that the package needs
# (requirements.<version>.txt where a version, or those that are built like it, need other pins).
ARG SUITE
FROM stews-playground/base-python:${SUITE}
ARG PIP_INDEX_URL
ARG PACKAGE
ARG VERSION
ARG LIKE
COPY . ./
RUN for pinned in "${LIKE}" "${VERSION}"; do \
      if [ -f "requirements.${pinned}.txt" ]; then cp "requirements.${pinned}.txt" requirements.txt; fi; done \
 && touch requirements.txt \
 && pip install --only-binary :all: -r requirements.txt \
 && pip install --no-deps "${PACKAGE}==${VERSION}" \
 && pip check \
 && versions python
USER app
CMD ["python3", "server.py"]
