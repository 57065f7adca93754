# SPDX-License-Identifier: BSD-2-Clause
# newlib's libc and libm for Mini-OS, from Debian's newlib-source. Built once and kept: the stamp names the
# tarball, the compiler and the flags. docs/newlib.md says why each option is there.

NEWLIB_SOURCE ?= $(lastword $(sort $(wildcard /usr/src/newlib/newlib-*.tar.*)))
NEWLIB_BUILD ?= $(B)/newlib
# Always gcc unless told otherwise: what the library is compiled with does not show at its interface.
NEWLIB_CC ?= $(CROSS_COMPILE)gcc
NEWLIB_HOST := x86_64-minios-elf

# For the library and for what is compiled against it: the compiler's own target is not ours; errno and its like belong to
# the thread.
NEWLIB_DEFINES := -U__linux__ -U__unix__ -Ulinux -Uunix -D__DYNAMIC_REENT__ -D_POSIX_TIMERS=1 -D_POSIX_MONOTONIC_CLOCK=1 \
	-D_POSIX_PRIORITY_SCHEDULING=1
NEWLIB_CFLAGS := -O2 -w -m64 -mno-red-zone -fno-pic -fno-pie -fno-common -fno-stack-protector -fno-omit-frame-pointer \
	-fno-asynchronous-unwind-tables -fcf-protection=none $(NEWLIB_DEFINES)

NEWLIB_OPTIONS := --disable-multilib --disable-shared --disable-newlib-supplied-syscalls \
	--enable-newlib-global-stdio-streams --enable-newlib-retargetable-locking \
	--enable-newlib-io-long-long --enable-newlib-io-c99-formats

# The compiler by what it is, not by its name: a prefix alone is no reason to build again.
NEWLIB_COMPILER := $(shell $(NEWLIB_CC) -dumpmachine; $(NEWLIB_CC) -dumpfullversion 2>/dev/null || $(NEWLIB_CC) -dumpversion)
NEWLIB_KEY := $(shell printf '%s' '$(NEWLIB_SOURCE) $(NEWLIB_COMPILER) $(NEWLIB_CFLAGS) $(NEWLIB_OPTIONS)' | cksum | cut -d' ' -f1)
NEWLIB_STAMP := $(NEWLIB_BUILD)/stamp-$(NEWLIB_KEY)
NEWLIB_INCLUDE := $(NEWLIB_BUILD)/$(NEWLIB_HOST)/include
NEWLIB_LIBS := $(NEWLIB_BUILD)/$(NEWLIB_HOST)/lib/libc.a $(NEWLIB_BUILD)/$(NEWLIB_HOST)/lib/libm.a

# A clean environment: the outer make's CC=, CFLAGS= and B= must not reach newlib's makefiles.
NEWLIB_ENV = env -i PATH="$$PATH" LC_ALL=C

# Under a lock, because two builds may share one NEWLIB_BUILD; the second one then finds the stamp.
$(NEWLIB_STAMP):
	$(if $(NEWLIB_SOURCE),,$(error newlib's source is missing: install the package newlib-source))
	$(call say,NEWLIB,$(NEWLIB_BUILD))
	$(Q)mkdir -p $(NEWLIB_BUILD)
	$(Q)flock $(NEWLIB_BUILD)/lock $(NEWLIB_ENV) sh $(TOP)/ports/minios/tools/build-newlib '$@' '$(NEWLIB_SOURCE)' \
		'$(NEWLIB_BUILD)' $(NEWLIB_HOST) '$(NEWLIB_CC)' '$(CROSS_COMPILE)' '$(NEWLIB_CFLAGS)' '$(NEWLIB_OPTIONS)'
