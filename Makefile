# `make demo` and `make test` are the two commands of the README; the rest serves them.
SWIFT ?= swift
export SWIFT_BACKTRACE ?= enable=no

GENERATE = $(SWIFT) run --quiet schema-compiler generate
SCHEMA = firmware-schemas/unit-protocol.xml --swift Sources/Values/UnitProtocol/Messages \
	--c firmware-schemas/cvqkd_unit.h --vectors firmware-schemas/golden-vectors.json \
	--reference firmware-schemas/reference.md --c-test Tests/GoldenVectors/golden_vectors.c
EVOLUTION = Tests/GoldenVectors/evolution.xml --swift Tests/Values/UnitProtocolTests/Evolution \
	--testing-module UnitProtocol --c Tests/GoldenVectors/evolution.h \
	--vectors Tests/GoldenVectors/evolution-vectors.json --c-test Tests/GoldenVectors/evolution_vectors.c

# The one release configuration, of demo, benchmarks and packages: without a Swift runtime to install, and started in half
# the time. lld, because gold prints a warning about a function of Foundation's.
RELEASE = -c release --static-swift-stdlib -Xswiftc -use-ld=lld

.PHONY: demo test bench bench-usb build release generate check-generated check-protobuf format vm-smoke fault-matrix endurance fuzz clean

demo: release  ## key between two agents on an emulated pair; a slow machine: DEMO="--time-limit 600"
	@python3 Scripts/demo.py $(DEMO)

test:  ## what runs at every push, every tier; ends with "N passed, N failed"
	@Scripts/install-packages test
	@python3 Scripts/run-tests.py

bench:  ## ratios to named limits, in release; writes .build/bench.json
	@Scripts/install-packages test
	@python3 Benchmarks/run.py

bench-usb:  ## the USB receive path against a bare C reader, in the VM; writes .build/bench-usb.json
	@Scripts/install-packages test
	@python3 Benchmarks/bench_usb.py

build:
	@Scripts/install-packages build
	$(SWIFT) build

release:
	@Scripts/install-packages build
	@$(SWIFT) build $(RELEASE) --product cvqkd
	@$(SWIFT) build $(RELEASE) --product cvqkd-emulator
	@$(SWIFT) build $(RELEASE) --product cvqkd-agent

generate:  ## codecs, C header, vectors and reference page from the schema; messages from proto/
	$(GENERATE) $(SCHEMA)
	$(GENERATE) $(EVOLUTION)
	@Scripts/install-packages generate
	Scripts/generate-protobuf

check-generated:
	$(GENERATE) $(SCHEMA) --check
	$(GENERATE) $(EVOLUTION) --check
	Scripts/generate-protobuf --check-digests

check-protobuf:  ## builds the plugins of protoc first, which takes minutes
	@Scripts/install-packages generate
	Scripts/generate-protobuf --check

format:
	$(SWIFT) format --in-place --recursive Sources Tests Package.swift

vm-smoke:  ## USB, gadget, udev and cdc-acm against the real kernel in QEMU
	@Scripts/vm-smoke

fault-matrix:  ## every fault in every phase on every transport; writes .build/fault-matrix.json
	@Scripts/fault-matrix

endurance:  ## what runs at night: long endurance, whole fault matrix, address sanitizer, fresh seeds, release, long fuzzing
	@Scripts/install-packages test
	@python3 Scripts/run-tests.py --nightly

fuzz:  ## SECONDS_EACH=600 make fuzz for a long run
	@Scripts/fuzz

clean:
	rm -rf .build
