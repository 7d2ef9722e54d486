# Everything one does here, with Go, make, git and a C compiler (for the race detector).
# `make` or `make help` lists it.

# Every module, visited one by one and never through a workspace file.
MODULES := . internal/dbtest internal/smtptest internal/bench examples

GOLANGCI_VERSION := v2.15.0
GOLANGCI := go run github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(GOLANGCI_VERSION)

GREMLINS_VERSION := v0.6.0

# The packages that `make mutate` changes.
MUTATE ?= account account/credential structure
MUTATE_FLAGS ?=

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

# The examples are left out: what they share between goroutines is the library's, which runs the same stories and suites here,
# and their password hashes take minutes under the detector.
.PHONY: race
race: export CGO_ENABLED := 1
race: MODULES := . internal/dbtest internal/smtptest
race: ## run the tests of the library under the race detector
	$(call each,go test -race -timeout 20m ./...)

.PHONY: fuzz
fuzz: ## run every fuzz target for FUZZTIME (5s unless given)
	@FUZZTIME=$(FUZZTIME) .ci/fuzz $(MODULES)

# gremlins v0.6.0 misreads the go command in two ways. It takes conditions in `case` clauses and constants for not covered,
# because the coverage profile has no block for them (go-gremlins/gremlins#298), and never tries them. And it takes a
# mutant that does not compile for killed: `go test` exits with 1 for both. So it gets a go command that tells it the truth:
# with a block for every file as a whole, a mutant that no test reaches is tried as well, and lives; what does not compile
# exits with 2, and is left out.
define MUTATE_GO
#!/bin/sh
profile=; previous=
for argument; do
	[ "$$previous" != -coverprofile ] || profile=$$argument
	previous=$$argument
done
case "$$1:$$profile" in
test:) ;;
test:*)
	"$$MUTATE_REAL_GO" "$$@" || exit
	for file in $$(sed -n 's/^\(.*\.go\):.*/\1/p' "$$profile" | sort -u); do echo "$$file:1.1,1000000.1 1 1"; done >>"$$profile"
	exit ;;
*) exec "$$MUTATE_REAL_GO" "$$@" ;;
esac
output=$$("$$MUTATE_REAL_GO" "$$@" 2>&1) && exit
case "$$output" in *"[build failed]"*|*"[setup failed]"*) exit 2 ;; esac
exit 1
endef

# Whether time tells whose login was typed: medians, and how often they differ as much by lot (p).
.PHONY: timing
timing: ## measure whether time tells whose login was typed
	go test -run '^$$' -bench Timing -benchtime 100x .

.PHONY: mutate
mutate: export MUTATE_GO := $(MUTATE_GO)
# Neither an old result nor go vet is a test that fails, and nobody debugs a mutant.
mutate: export GOFLAGS := $(GOFLAGS) -count=1 -vet=off -ldflags=-w
mutate: ## change one operator at a time in each package of MUTATE, and list the changes that no test notices
	@set -eu; dir=$$(mktemp -d); trap 'rm -rf "$$dir"' EXIT; \
	GOBIN="$$dir" GOFLAGS= go install github.com/go-gremlins/gremlins/cmd/gremlins@$(GREMLINS_VERSION); \
	export MUTATE_REAL_GO="$$(command -v go)"; mkdir "$$dir/bin"; \
	printf '%s\n' "$$MUTATE_GO" >"$$dir/bin/go"; chmod +x "$$dir/bin/go"; \
	for package in $(MUTATE); do \
		echo "==> $$package"; PATH="$$dir/bin:$$PATH" "$$dir/gremlins" unleash --config .gremlins.yaml $(MUTATE_FLAGS) "./$$package"; \
	done
