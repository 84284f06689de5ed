# hotfixd: two commands do everything on a fresh machine, `make run` and `make test`.

.PHONY: help run test build bench load check soak mutants

# Where cargo puts what it builds.
TARGET := $(or $(CARGO_TARGET_DIR),target)

help:
	@echo "make run    build, start the service on http://127.0.0.1:8650 with the sample catalogue"
	@echo "make test   install what the tests need where it may, then run every test"
	@echo "make soak   the long fault and race runs; SOAK=SECONDS for each, 600 left out"
	@echo "make mutants SHARD=K/N  a mutation run over what decides, its K-th part of N; 0/8 left out"
	@echo "make build  release binaries: target/release/hotfixd and target/release/hotfix"
	@echo "make bench  the ratios to real baselines, as a table and as JSON: ROWS=serving/ for some of them"
	@echo "make load   the most simulated hosts with all served well: SERVER=URL HOSTS=N SECONDS_EACH=N"
	@echo "make check  format, lints and documentation only"

# ARGS goes to the service: make run ARGS='--listen 127.0.0.1:9000 --data /tmp/data'
run: build
	@exec "$(TARGET)/release/hotfixd" demo $(ARGS)

# What a check runs is linked side by side (docs/adr/0051). Empty for a linker that reads no scripts.
HOST_LINK ?= -C link-arg=-Wl,-T,$(CURDIR)/dist/hotfix.ld

build:
	@echo "Building the release binaries (minutes the first time, nothing after that)."
	@cargo build --release --locked --bin hotfixd
	@cargo rustc --profile host --locked --no-default-features --bin hotfix -- $(HOST_LINK)
	@cmp -s "$(TARGET)/host/hotfix" "$(TARGET)/release/hotfix" || \
		install -m 755 "$(TARGET)/host/hotfix" "$(TARGET)/release/hotfix"

check:
	@tests/run check

test:
	@tests/run

SOAK ?= 600
soak:
	@HOTFIXD_SOAK=$(SOAK) HOTFIX_TEST_KILLS=5000 tests/run quick faults ops assess::tests one_truth versions

# ROWS is a part of the ids of the rows: make bench ROWS=trust/
bench:
	@ROWS="$(ROWS)" benches/run

# SERVER is a running service (http://…), left out: one of its own. HOSTS is a number of hosts to try alone.
load:
	@SERVER="$(SERVER)" HOSTS="$(HOSTS)" SECONDS_EACH="$(SECONDS_EACH)" benches/run load

# Which files, and how: .cargo/mutants.toml. Few cases of each property, so that a mutant costs seconds.
SHARD ?= 0/8
mutants:
	@cargo mutants --version >/dev/null 2>&1 || cargo install --locked cargo-mutants
	@mkdir -p target
	@PROPTEST_CASES=24 INSTA_UPDATE=no CARGO_TARGET_DIR=$(CURDIR)/target/mutants-build \
		cargo mutants --shard $(SHARD) --sharding round-robin --output target/mutants
