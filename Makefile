# Targets for users come first: build, demo, test. Go and make are all they need; the tests also run bash and curl.

GO     ?= go
SPECS  ?= ../shared/specs
SUITES ?= ../shared/suites
OUT    ?= out
BIN    := bin/understudy

export SPECS := $(abspath $(SPECS))
export SUITES := $(abspath $(SUITES))

.PHONY: all help build image demo test test-clients lint vuln bench corpus golden fuzz cross release-check hooks clean

all: build

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

build: ## the binary, as it is released but for its version
	CGO_ENABLED=0 $(GO) build -trimpath -ldflags "-s -w" -o $(BIN) ./cmd/understudy

IMAGE ?= understudy:latest
image: ## the container image, from a binary that is built here; see docs/containers.md
	CGO_ENABLED=0 GOOS=linux $(GO) build -trimpath -ldflags "-s -w" -o $(OUT)/image/understudy ./cmd/understudy
	docker build -q -t $(IMAGE) -f Dockerfile --target prebuilt $(OUT)/image

demo: build ## a story through the four built-in stand-ins, over HTTP
	$(BIN) demo --out $(OUT)

# What takes minutes with the race detector is walked in part with it, and as a whole without. Linters look at what is compiled for
# the race detector, and what is run without it is built as the binary is: so each package is compiled twice, not four times.
test: lint ## format, vet, staticcheck, and all tests with the race detector
	$(GO) test -race -timeout 20m ./...
	CGO_ENABLED=0 $(GO) test -trimpath ./scenarios/conformance ./scenarios/receiver
	CGO_ENABLED=0 $(GO) test -trimpath ./mock ./reports ./contracts ./contracts/cases ./contracts/inference ./contracts/schema -run "TestHostile|RealDocuments|TestRealParameters|TestEveryOperation|TestChangedOverlays|TestJUnitEdges"

test-clients: build ## clients that others wrote, and a browser, against the stand-ins; needs node, npm and chromium
	@OUT=$(abspath $(OUT)) clients/run

lint: ## format, vet and staticcheck
	@unformatted=$$(gofmt -l .); if [ -n "$$unformatted" ]; then echo "not gofmt-ed: $$unformatted"; exit 1; fi
	$(GO) vet -race ./...
	staticcheck=$$($(GO) tool -n staticcheck) && GOFLAGS="$$GOFLAGS -race" $$staticcheck ./...

vuln: ## known vulnerabilities in the modules and in Go itself; asks vuln.go.dev, so it needs the network
	$(GO) run golang.org/x/vuln/cmd/govulncheck@v1.9.0 ./...

bench: build ## ratios against a bare net/http handler, see docs/performance.md
	$(GO) run ./cmd/bench --specs $(SPECS) --understudy $(BIN)

ONLY ?=
corpus: build ## every real document: judged by others and by ourselves; writes docs/corpus.md; ONLY=a,b chooses documents and writes nothing
	$(GO) run ./cmd/corpus --specs $(SPECS) --explained docs/corpus-misses.md $(if $(ONLY),--only $(ONLY) -v,--out docs/corpus.md)

golden: ## rewrite the golden files; read the diff
	$(GO) test $$(grep -rlF 'flag.Bool("update"' --include='*_test.go' . | xargs -n1 dirname | sort -u) -run 'Golden|Document' -update

# What a release is made for. Without the linker: that comes with the release itself.
PLATFORMS := linux/amd64 linux/arm64 darwin/amd64 darwin/arm64 windows/amd64 windows/arm64
cross: ## compile for each platform of a release
	@set -e; for platform in $(PLATFORMS); do \
		echo "$$platform"; CGO_ENABLED=0 GOOS=$${platform%/*} GOARCH=$${platform#*/} $(GO) build -trimpath -o /dev/null ./cmd/understudy; \
	done

release-check: ## hold the configuration of releases against goreleaser, which is fetched into the module cache
	cd $$(mktemp -d) && $(GO) run github.com/goreleaser/goreleaser/v2@v2.16.0 check --config $(CURDIR)/.goreleaser.yaml

hooks: ## lint before each commit from now on, in this clone
	git config core.hooksPath .githooks

FUZZTIME ?= 5m
fuzz: ## each fuzz target for FUZZTIME
	@set -e; for package in $$($(GO) list ./...); do \
		for target in $$($(GO) test -list '^Fuzz' $$package | grep '^Fuzz' || true); do \
			echo "$$package $$target"; $(GO) test $$package -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME); \
		done; \
	done

clean: ## remove what was built
	rm -rf bin $(OUT)
