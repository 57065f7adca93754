# SPDX-License-Identifier: BSD-2-Clause
# The toolchain, its flags and every path, once. Each Makefile of the tree includes this file.

TOP := $(patsubst %/,%,$(dir $(abspath $(lastword $(MAKEFILE_LIST)))))

# Where everything that is made goes. The stable results are listed in the README.
B ?= $(TOP)/build

# The toolchain: gcc by default; CC=clang works too; CROSS_COMPILE chooses a prefix.
CROSS_COMPILE ?=
ifeq ($(origin CC),default)
CC := $(CROSS_COMPILE)gcc
endif
ifeq ($(origin LD),default)
LD := $(CROSS_COMPILE)ld
endif
ifeq ($(origin AR),default)
AR := $(CROSS_COMPILE)ar
endif
OBJCOPY ?= $(CROSS_COMPILE)objcopy
NM ?= $(CROSS_COMPILE)nm
STRIP ?= $(CROSS_COMPILE)strip
HOSTCC ?= gcc

# The official public Xen headers (Debian: libxen-dev): the contract, never copied into the tree.
# Hypervisor: <public/xen.h>; library, ports and guest tests: <xen/xen.h>. Both are links made in $(B)/abi.
XEN_INCLUDE ?= /usr/include
XEN_INTERFACE_VERSION := 0x00040e00
ABI := $(B)/abi
ABI_STAMP := $(ABI)/.stamp

WARNINGS := -Wall -Wextra -Wshadow -Wundef -Wvla -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith \
	-Wno-unused-parameter -Werror

# What any code without an operating system below it is compiled with.
FREESTANDING := -std=gnu11 -O2 -g -ffreestanding -fno-builtin -nostdinc -isystem $(shell $(CC) -print-file-name=include 2>/dev/null) \
	-m64 -mno-red-zone -mno-mmx -mno-sse -mno-sse2 -msoft-float \
	-fno-strict-aliasing -fno-common -fno-stack-protector -fno-asynchronous-unwind-tables -fcf-protection=none \
	-fno-omit-frame-pointer -fno-pic -fno-pie

# What code that runs on this machine (unit tests, tools) is compiled with.
HOSTED := -std=gnu11 -O1 -g -fno-omit-frame-pointer
SANITIZERS := -fsanitize=address,undefined -fno-sanitize-recover=undefined
# Seconds for one unit test: a loaded machine is slow under the sanitizers, where threads hand locks to each other above all. What hangs
# is still found.
export CK_DEFAULT_TIMEOUT ?= 300

DEPFLAGS = -MMD -MP -MF $@.d

# Quiet by default; V=1 shows the commands.
ifeq ($(V),)
Q := @
say = @printf '  %-8s %s\n' '$(1)' '$(patsubst $(TOP)/%,%,$(2))'
else
Q :=
say = @:
endif

# The rule below is the first that make reads; it is nobody's default.
.DEFAULT_GOAL := all

$(ABI_STAMP):
	$(Q)mkdir -p $(ABI)
	$(Q)ln -sfn $(XEN_INCLUDE)/xen $(ABI)/public
	$(Q)ln -sfn $(XEN_INCLUDE)/xen $(ABI)/xen
	$(Q)touch $@
