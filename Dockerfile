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

# The Terraform provider for each platform, which the portal gives away. On Debian 12, so that what is compiled ahead of time for Linux runs with its C
# library (2.36) and with older ones down to 2.34. A platform that does not build fails the image; without it:
#   docker build --build-arg PROVIDER_PLATFORMS="linux_amd64 linux_arm64" .
FROM debian:bookworm-slim AS provider
RUN case $(dpkg --print-architecture) in \
        amd64) other="gcc-aarch64-linux-gnu libc6-dev-arm64-cross" ;; \
        arm64) other="gcc-x86-64-linux-gnu libc6-dev-amd64-cross" ;; \
    esac \
    && apt-get update && apt-get install -y --no-install-recommends ca-certificates zip gcc libc6-dev $other \
    && rm -rf /var/lib/apt/lists/*
COPY --from=mcr.microsoft.com/dotnet/sdk:10.0 /usr/share/dotnet /usr/share/dotnet
ENV PATH=$PATH:/usr/share/dotnet DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
WORKDIR /source
COPY global.json Directory.Build.props Directory.Build.targets Directory.Packages.props BannedSymbols.txt .editorconfig ./
COPY src/SecretsPortal.Core src/SecretsPortal.Core
COPY src/SecretsPortal.TerraformProvider src/SecretsPortal.TerraformProvider
COPY terraform/*.sh terraform/
ARG PROVIDER_PLATFORMS=
RUN terraform/build-packages.sh /packages $PROVIDER_PLATFORMS

# "extra" is the variant with ICU: Microsoft.Data.SqlClient refuses to run without it.
FROM mcr.microsoft.com/dotnet/aspnet:10.0-noble-chiseled-extra
WORKDIR /app
COPY --from=build /app ./
COPY --from=provider /packages /usr/share/secrets-portal/terraform
COPY --from=build --chown=1654:1654 /data /data
ENV ASPNETCORE_URLS=http://+:8210 \
    Portal__DataDirectory=/data \
    Portal__Terraform__PackagesDirectory=/usr/share/secrets-portal/terraform \
    DOTNET_EnableDiagnostics=0
EXPOSE 8210
VOLUME /data
# The image's own user "app".
USER 1654
# The image has no shell and no curl: the portal asks itself.
HEALTHCHECK --interval=10s --timeout=3s --start-period=15s --retries=3 \
    CMD ["dotnet", "SecretsPortal.Web.dll", "--check-health", "http://127.0.0.1:8210"]
ENTRYPOINT ["dotnet", "SecretsPortal.Web.dll"]
