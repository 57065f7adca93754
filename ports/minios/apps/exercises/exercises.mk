# SPDX-License-Identifier: BSD-2-Clause
# The exercises that are kernels of their own: $(OUT)/exercises/{simplest,console,store}.

EXERCISES := $(patsubst %,$(OUT)/exercises/%,simplest console store)
EXERCISE_SCRIPT := $(TOP)/libxenguest/xenguest.ld
EXERCISE_LINK = $(LD) -m elf_x86_64 -nostdlib -static -z noexecstack --gc-sections -T $(EXERCISE_SCRIPT) -o $@ $(filter %.o,$^)

all: $(EXERCISES)

$(OUT)/exercises/%.o: apps/exercises/%.c Makefile apps/exercises/exercises.mk ../../config.mk $(ABI_STAMP)
	$(call say,CC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(KERNEL_CFLAGS) -mcmodel=kernel $(DEPFLAGS) -c $< -o $@

$(OUT)/exercises/simplest: $(OUT)/exercises/simplest.o $(EXERCISE_SCRIPT)
	$(call say,LD,$@)
	$(Q)$(EXERCISE_LINK)

$(OUT)/exercises/console $(OUT)/exercises/store: $(OUT)/exercises/%: $(OUT)/exercises/%.o $(OUT)/exercises/by_hand.o $(LIBRARY) $(EXERCISE_SCRIPT)
	$(call say,LD,$@)
	$(Q)$(EXERCISE_LINK) $(LIBRARY)

-include $(wildcard $(OUT)/exercises/*.d)
