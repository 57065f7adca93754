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
run run-wishes: export HV := $(HV)
run run-wishes: export SMP := $(SMP)
run run-wishes: export MEM := $(MEM)
export KERNEL CMDLINE RAMDISK GDB OPTS

.PHONY: all fuzz xen libxenguest skeleton minios deps run check check-full bench iso cheatsheet install clean distclean help
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
deps:
	$(Q)mk/deps.sh run

run-wishes:
	$(Q)mk/run.sh --check

deps-check:
	$(Q)mk/deps.sh run check

run: $(if $(filter xen,$(HV)),stock-xen,xen) $(if $(KERNEL),,minios)
	$(Q)exec mk/run.sh

.PHONY: deps-check run-wishes stock-xen
stock-xen: deps
	$(Q)mk/stock.sh xen

check check-full: deps-check
	+$(Q)exec mk/check.sh $(patsubst check-%,%,$@)

# SECONDS=60 for all fuzzers together.
fuzz: $(ABI_STAMP)
	$(SUB) tests/fuzz $@

bench: all stock-xen
	$(SUB) tests/bench
	+$(Q)exec tests/bench/run.sh

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
