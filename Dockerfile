# syntax=docker/dockerfile:1

# Both bases are named by tag here. A release build pins them by digest, which wins over the tag:
#   docker build --build-arg NODE_IMAGE=node:24-trixie-slim@sha256:… --build-arg RUNTIME_IMAGE=…@sha256:… .
ARG NODE_IMAGE=node:24-trixie-slim
ARG RUNTIME_IMAGE=gcr.io/distroless/nodejs24-debian13:nonroot

# The bundle is the same for every platform, so it is built once, on the builder's own.
FROM --platform=$BUILDPLATFORM ${NODE_IMAGE} AS build
WORKDIR /build
COPY package.json package-lock.json .npmrc ./
# No install script runs. Optional packages stay in: esbuild's own binary is one of them.
RUN npm ci --ignore-scripts --no-progress
COPY . .
RUN npm run build

FROM ${RUNTIME_IMAGE}
ARG VERSION=0.1.0
ARG REVISION=unknown
ARG SOURCE=
LABEL org.opencontainers.image.title="assaygate" \
      org.opencontainers.image.description="Admission gate for AI models on Kubernetes: no model runs without pinned, retrievable, trusted evaluation evidence." \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.source="${SOURCE}"
COPY --from=build /build/dist/assaygate.mjs /app/assaygate.mjs
COPY --from=build /build/dist/chunks/*.mjs /app/chunks/
# Explained in scripts/node-flags.ts, with the flags below.
ENV NODE_ENV=production MALLOC_ARENA_MAX=1
# The numeric id lets the kubelet see that runAsNonRoot holds. Nothing is written to the file system.
USER 65532:65532
# 8443: admission reviews over TLS. 8080: health and metrics.
EXPOSE 8443 8080
# The flags are explained in scripts/node-flags.ts.
ENTRYPOINT ["/nodejs/bin/node", "--max-semi-space-size=16", "/app/assaygate.mjs"]
CMD ["serve", "--config", "/etc/assaygate/config.yaml"]
