# SPDX-License-Identifier: BSD-2-Clause
# Delegates only: each part of the tree has a Makefile of its own; `make help` lists what can be asked for.

include config.mk

.DEFAULT_GOAL := all
SUB = +$(Q)$(MAKE) --no-print-directory -C

.PHONY: all xen libxenguest skeleton minios
all: xen libxenguest skeleton minios

xen libxenguest:
	$(SUB) $@
skeleton: libxenguest
	$(SUB) ports/$@
minios: libxenguest
	$(SUB) ports/$@
