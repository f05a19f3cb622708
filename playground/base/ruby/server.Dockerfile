# For a server that is one gem: a Gemfile that pins what the gem leaves open, and config.ru. COMMAND starts it.
ARG SUITE
FROM stews-playground/base-ruby:${SUITE}
ARG PACKAGE
ARG VERSION
ARG COMMAND
COPY . ./
RUN gem install --no-document bundler -v 2.6.9 \
 && bundle add "${PACKAGE}" --version "= ${VERSION}" \
 && sed -i 's/ /=/' versions.txt \
 && versions $(cat versions.txt) $(bundle list | sed -nE 's/^ *\* (\S+) \((\S+)\)$/\1=\2/p')
ENV COMMAND=${COMMAND}
USER app
CMD ["sh", "-c", "eval \"exec bundle exec ${COMMAND}\""]
