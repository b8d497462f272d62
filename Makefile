# Targets for users come first: build, demo, test. Go and make are all they need.

GO     ?= go
SPECS  ?= ../shared/specs
SUITES ?= ../shared/suites
OUT    ?= out
BIN    := bin/understudy

export SPECS := $(abspath $(SPECS))
export SUITES := $(abspath $(SUITES))

.PHONY: all build demo test test-clients lint bench corpus golden fuzz clean

all: build

build: ## the binary
	CGO_ENABLED=0 $(GO) build -trimpath -o $(BIN) ./cmd/understudy

demo: build ## a story through the four built-in stand-ins, over HTTP
	$(BIN) demo --out $(OUT)

# What takes minutes with the race detector is walked in part with it, and as a whole without.
test: lint ## format, vet, staticcheck, and all tests with the race detector
	$(GO) test -race -timeout 20m ./...
	$(GO) test ./scenarios/conformance ./scenarios/receiver

test-clients: build ## clients that others wrote, and a browser, against the stand-ins; needs node, npm and chromium
	@OUT=$(abspath $(OUT)) clients/run

lint:
	@unformatted=$$(gofmt -l .); if [ -n "$$unformatted" ]; then echo "not gofmt-ed: $$unformatted"; exit 1; fi
	$(GO) vet ./...
	$(GO) tool staticcheck ./...

bench: build ## ratios against a bare net/http handler, see docs/benchmarks.md
	$(GO) run ./cmd/bench --specs $(SPECS) --understudy $(BIN)

ONLY ?=
corpus: build ## every real document: judged by others and by ourselves; writes docs/corpus.md; ONLY=a,b chooses documents and writes nothing
	$(GO) run ./cmd/corpus --specs $(SPECS) --explained docs/corpus-misses.md $(if $(ONLY),--only $(ONLY) -v,--out docs/corpus.md)

golden: ## rewrite the golden files; read the diff
	$(GO) test ./... -run 'Golden|Script' -update

FUZZTIME ?= 5m
fuzz: ## each fuzz target for FUZZTIME
	@set -e; for package in $$($(GO) list ./...); do \
		for target in $$($(GO) test -list '^Fuzz' $$package | grep '^Fuzz' || true); do \
			echo "$$package $$target"; $(GO) test $$package -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME); \
		done; \
	done

clean:
	rm -rf bin $(OUT)
