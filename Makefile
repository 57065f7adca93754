# SPDX-License-Identifier: BSD-2-Clause
# Delegates only: each part of the tree has a Makefile or a script of its own; `make help` lists what can be asked for.

include config.mk

SUB = +$(Q)$(MAKE) --no-print-directory -C

# As many jobs as the machine has processors, unless -j says otherwise.
ifeq ($(MAKELEVEL),0)
MAKEFLAGS += -j$(shell nproc)
endif
ifeq ($(V),)
MAKEFLAGS += -s
endif
export B TOP V

# What `make run` boots. HV=xen takes stock Xen; KERNEL=, CMDLINE= and RAMDISK= another guest; OPTS= are hypervisor options.
HV ?= xenport
SMP ?= 1
MEM ?= 512
RUNS := run run-wishes run-linux run-linux-wishes run-xl run-xl-wishes
$(RUNS): export HV := $(HV)
$(RUNS): export SMP := $(SMP)
$(RUNS): export MEM := $(MEM)
ifeq ($(origin MEM),file)
run-xl run-xl-wishes: export MEM := 1024
endif
export KERNEL CMDLINE RAMDISK GDB OPTS DISK

.PHONY: all fuzz xen libxenguest skeleton minios deps run run-linux run-xl check check-full bench iso cheatsheet install clean distclean help
all: xen libxenguest skeleton minios

# The links to the headers first, once, for parts that are made side by side.
$(ABI_STAMP): | deps
xen libxenguest: deps $(ABI_STAMP)
	$(SUB) $@
skeleton minios: libxenguest
	$(SUB) ports/$@

# A wish that cannot be granted is refused before anything is installed or built.
ifeq ($(strip $(MAKECMDGOALS)),run)
deps: run-wishes
endif
ifeq ($(strip $(MAKECMDGOALS)),run-linux)
deps deps-linux: run-linux-wishes
endif
ifeq ($(strip $(MAKECMDGOALS)),run-xl)
deps deps-linux: run-xl-wishes
endif
deps:
	$(Q)mk/deps.sh run

run-wishes:
	$(Q)mk/run.sh --check
run-linux-wishes:
	$(Q)mk/run-linux.sh --check
run-xl-wishes:
	$(Q)mk/run-xl.sh --check

deps-linux:
	$(Q)mk/deps.sh run linux

deps-check:
	$(Q)mk/deps.sh run linux check

run: $(if $(filter xen,$(HV)),stock-xen,xen) $(if $(KERNEL),,minios)
	$(Q)exec mk/run.sh

# Debian's own Linux with a shell, in the same manner; DISK= is an image for it.
run-linux: deps-linux $(if $(filter xen,$(HV)),stock-xen,xen) stock-linux
	$(Q)exec mk/run-linux.sh

# The same with xl, and domains for it to create.
run-xl: deps-linux $(if $(filter xen,$(HV)),stock-xen,xen) stock-linux minios
	$(SUB) tests/system xl
	$(Q)exec mk/run-xl.sh

.PHONY: deps-linux deps-check run-wishes run-linux-wishes run-xl-wishes stock-xen stock-linux
stock-linux: deps-linux $(if $(filter xen,$(HV))$(filter bench,$(MAKECMDGOALS)),stock-xen)
	$(SUB) tests/system/linux
stock-xen: deps
	$(Q)mk/stock.sh xen

check check-full: deps-check
	+$(Q)exec mk/check.sh $(patsubst check-%,%,$@)

# SECONDS=60 for all fuzzers together.
fuzz: $(ABI_STAMP)
	$(SUB) tests/fuzz $@

bench: all stock-xen stock-linux
	$(SUB) tests/bench
	$(SUB) tests/bench/linux
	$(SUB) tests/bench/domains
	$(SUB) tests/bench/frontends
	+$(Q)status=0; tests/bench/run.sh || status=1; tests/bench/linux/run.sh || status=1; tests/bench/domains/run.sh || status=1; tests/bench/frontends/run.sh && exit $$status

iso: deps-check xen minios
	$(Q)mk/iso.sh

cheatsheet: deps
	$(SUB) $@

install: libxenguest
	$(SUB) libxenguest $@

# What was fetched or takes minutes (stock Xen and Linux, newlib) stays; distclean removes that as well.
clean:
	$(Q)mk/clean.sh
distclean:
	$(Q)rm -rf $(B)

help:
	@cat mk/help.txt

.DEFAULT:
	@echo "make $@: there is no such thing; make help lists what can be asked for." >&2; exit 2
