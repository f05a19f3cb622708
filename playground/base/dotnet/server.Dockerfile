# For a server that is one project: server.csproj, which takes the measured version as $(Measured), and Server.cs.
ARG SUITE
FROM stews-playground/base-dotnet:${SUITE} AS build
ARG PACKAGE
ARG FRAMEWORK
ARG VERSION
COPY . ./
RUN dotnet publish server.csproj --configuration Release --framework "${FRAMEWORK}" --runtime linux-x64 --self-contained \
      --output out -p:TargetFramework="${FRAMEWORK}" -p:Measured="${VERSION}" \
 && versions "dotnet-sdk=$(dotnet --version)" "${PACKAGE}=${VERSION}"

FROM stews-playground/base-script:${SUITE}
RUN packages libssl3t64 libstdc++6 zlib1g
COPY --from=build /app/out /app/versions.txt ./
ENV DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1
USER app
CMD ["/app/server"]
