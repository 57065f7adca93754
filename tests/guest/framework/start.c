/* SPDX-License-Identifier: BSD-2-Clause */
/* From the entry to test_main and from there to the verdict. Owns the boot information and the shared-info
 * mapping. */
#include "guest.h"

struct entry_registers entry_registers;
struct start_info *start_info;
struct shared_info shared_info __attribute__((aligned(PAGE_SIZE), section(".bss.shared_info")));
/* Keeps the page that the shared-info frame is mapped over free of anything else. */
static char shared_info_rest[PAGE_SIZE - sizeof(struct shared_info)]
    __attribute__((used, section(".bss.shared_info")));

void guest_start(struct start_info *info);

uint64_t option_number(const char *name, uint64_t otherwise)
{
    const char *at = strstr((const char *)start_info->cmd_line, name);
    uint64_t value = 0;

    if (!at) {
        return otherwise;
    }
    for (at += strlen(name); *at >= '0' && *at <= '9'; at++) {
        value = value * 10 + (uint64_t)(*at - '0');
    }
    return value;
}

void guest_start(struct start_info *info)
{
    start_info = info;
    printk("\n--- %s\n", test_title);
    if (hypercall_update_va_mapping((unsigned long)&shared_info,
                                    info->shared_info | PTE_PRESENT | PTE_WRITABLE | PTE_ACCESSED | PTE_DIRTY,
                                    UVMF_INVLPG) != 0) {
        test_error("the shared-info page cannot be mapped");
        test_finish();
    }
    trap_initialise();
    event_initialise();
    test_main();
    test_finish();
}
