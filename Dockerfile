# Understudy in an image of nothing else: one static binary, no shell, no user 0. docs/containers.md says how it is used.
#
#   make image                                                       from a binary that is built here; nothing is pulled
#   docker build -t understudy .                                     the binary is built inside, by the official Go image
#   docker buildx build --platform linux/amd64,linux/arm64 --push …  the same for several architectures
#
# What all of these have in common stands in the stage "settings".

FROM scratch AS settings
# In a container the addresses of serve are others than on a machine: ports are published by the engine, or not at all. Each
# further contract listens on the port behind the last one's.
ENV UNDERSTUDY_LISTEN=0.0.0.0:4010 UNDERSTUDY_CONTROL=0.0.0.0:4009 UNDERSTUDY_CONTROL_URL=http://127.0.0.1:4009
EXPOSE 4009 4010
USER 65532:65532
WORKDIR /data
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s --retries=3 CMD ["/understudy", "control", "ready"]
ENTRYPOINT ["/understudy"]
CMD ["--help"]

# The binary lies in the context: as "understudy", or for several architectures as "linux/amd64/understudy" and so on.
FROM settings AS prebuilt
ARG TARGETPLATFORM
COPY ${TARGETPLATFORM:-.}/understudy /understudy

# The machine that builds compiles for the one that runs: no emulation.
FROM --platform=$BUILDPLATFORM golang:1.26 AS build
ARG TARGETOS=linux
ARG TARGETARCH
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
RUN CGO_ENABLED=0 GOOS=$TARGETOS GOARCH=$TARGETARCH go build -trimpath -ldflags "-s -w" -o /understudy ./cmd/understudy

FROM settings
COPY --from=build /understudy /understudy
