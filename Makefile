# Everything one does here, with Go, make, git and a C compiler (for the race detector).
# `make` or `make help` lists it.

# Every module, visited one by one and never through a workspace file.
MODULES := . internal/dbtest internal/bench examples

GOLANGCI_VERSION := v2.15.0
GOLANGCI := go run github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(GOLANGCI_VERSION)

# How long each fuzz target runs: a duration, or a count such as 100000x.
FUZZTIME ?= 5s

export GOWORK := off

# each runs $(1) in every module, says which, and stops at the first that fails.
define each
@set -e; for module in $(MODULES); do \
	echo "==> $$module: $(1)"; \
	(cd "$$module" && $(1)); \
done
endef

.DEFAULT_GOAL := help

.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: demo
demo: ## run the main job, end to end, on an SQLite file in a temporary folder
	@go -C examples run ./quickstart

.PHONY: test
test: ## run the tests of every module
	$(call each,go test -timeout 20m ./...)

.PHONY: check
check: fmt-check vet lint tidy-check race fuzz ## run everything that must pass besides the tests
	@echo "==> check: formatting, vet, lint, tidy, race detector and fuzzing passed"

.PHONY: fmt
fmt: ## format the code (gofumpt, imports in groups)
	@$(GOLANGCI) fmt

.PHONY: fmt-check
fmt-check: ## fail if `make fmt` would change anything
	@echo "==> formatting"
	@$(GOLANGCI) fmt --diff

.PHONY: vet
vet: ## run go vet in every module
	$(call each,go vet ./...)

.PHONY: lint
lint: ## run golangci-lint in every module, after checking its configuration
	@$(GOLANGCI) config verify
	$(call each,$(GOLANGCI) run ./...)

.PHONY: tidy
tidy: ## tidy the go.mod and go.sum of every module
	$(call each,go mod tidy)

.PHONY: tidy-check
tidy-check: ## fail if `make tidy` would change anything
	$(call each,go mod tidy -diff)

.PHONY: race
race: export CGO_ENABLED := 1
race: ## run the tests of every module under the race detector
	$(call each,go test -race -timeout 20m ./...)

.PHONY: fuzz
fuzz: ## run every fuzz target for FUZZTIME (5s unless given)
	@FUZZTIME=$(FUZZTIME) .ci/fuzz $(MODULES)
