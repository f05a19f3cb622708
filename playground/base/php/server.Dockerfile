# For a server that is one package of Packagist: server.php, and a composer.json that pins all that the newest version needs
# (composer.<version>.json for another version).
ARG SUITE
FROM stews-playground/base-php:${SUITE}
ARG PACKAGE
ARG VERSION
COPY . ./
RUN if [ -f "composer.${VERSION}.json" ]; then cp "composer.${VERSION}.json" composer.json; fi \
 && composer install --no-interaction --no-progress --no-dev --prefer-dist \
 && test "$(php -r 'require "vendor/autoload.php"; echo ltrim(Composer\InstalledVersions::getPrettyVersion($argv[1]), "v");' "${PACKAGE}")" = "${VERSION}" \
 && { echo "php $(php -r 'echo PHP_VERSION;')"; \
      php -r 'require "vendor/autoload.php"; foreach (Composer\InstalledVersions::getInstalledPackages() as $p) if ($v = Composer\InstalledVersions::getPrettyVersion($p)) echo "$p $v\n";'; } \
    | LC_ALL=C sort > versions.txt
USER app
CMD ["php", "server.php"]
