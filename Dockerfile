# syntax=docker/dockerfile:1
# The portal as a container: non-root, runs with a read-only root file system, all state under /data.
#   docker build -t secrets-portal .
#   docker run --read-only --tmpfs /tmp -v secrets-portal:/data -p 8210:8210 secrets-portal

FROM mcr.microsoft.com/dotnet/sdk:10.0 AS build
WORKDIR /source
# Restore on its own: this layer is made anew only when a project file or a lock file changes.
COPY global.json Directory.Build.props Directory.Build.targets Directory.Packages.props BannedSymbols.txt .editorconfig ./
COPY src/SecretsPortal.Core/*.csproj src/SecretsPortal.Core/packages.lock.json src/SecretsPortal.Core/
COPY src/SecretsPortal.Storage/*.csproj src/SecretsPortal.Storage/packages.lock.json src/SecretsPortal.Storage/
COPY src/SecretsPortal.Services/*.csproj src/SecretsPortal.Services/packages.lock.json src/SecretsPortal.Services/
COPY src/SecretsPortal.Web/*.csproj src/SecretsPortal.Web/packages.lock.json src/SecretsPortal.Web/
RUN dotnet restore src/SecretsPortal.Web --locked-mode
COPY db db
COPY src src
RUN dotnet publish src/SecretsPortal.Web --no-restore -c Release -o /app \
    && mkdir /data

# "extra" is the variant with ICU: Microsoft.Data.SqlClient refuses to run without it.
FROM mcr.microsoft.com/dotnet/aspnet:10.0-noble-chiseled-extra
WORKDIR /app
COPY --from=build /app ./
COPY --from=build --chown=1654:1654 /data /data
ENV ASPNETCORE_URLS=http://+:8210 \
    Portal__DataDirectory=/data \
    DOTNET_EnableDiagnostics=0
EXPOSE 8210
VOLUME /data
# The image's own user "app".
USER 1654
# The image has no shell and no curl: the portal asks itself.
HEALTHCHECK --interval=10s --timeout=3s --start-period=15s --retries=3 \
    CMD ["dotnet", "SecretsPortal.Web.dll", "--check-health", "http://127.0.0.1:8210"]
ENTRYPOINT ["dotnet", "SecretsPortal.Web.dll"]
