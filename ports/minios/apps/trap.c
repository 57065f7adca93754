/* SPDX-License-Identifier: BSD-2-Clause */
/* The commands trap and protect: faults on purpose, and what the page tables let through. */
#include "shell.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <minios/address_space.h>
#include <minios/page_alloc.h>
#include <minios/trap.h>
#include <xenguest/trap.h>

#define NO_TRAP (~0ull)

/*
 * Runs `instruction`, which traps at its own address; the vector, with the error code above it, or NO_TRAP.
 */
#define PROVOKE(instruction, ...)                                                                            \
    ({                                                                                                       \
        uint64_t result_ = NO_TRAP;                                                                          \
        __asm__ volatile("1: " instruction "\n2:\n" TRAP_FIXUP("1b", "2b")                                   \
                         : "+a"(result_)                                                                     \
                         : __VA_ARGS__                                                                       \
                         : "rdx", "memory", "cc");                                                           \
        result_;                                                                                             \
    })

static uint64_t provoke_divide(void)
{
    return PROVOKE("divl %%ecx", "c"(0));
}

/* Reported behind the instruction. */
static uint64_t provoke_breakpoint(void)
{
    uint64_t result = NO_TRAP;

    __asm__ volatile("int3\n1:\n" TRAP_FIXUP("1b", "1b") : "+a"(result) : : "memory");
    return result;
}

static uint64_t provoke_opcode(void)
{
    return PROVOKE("ud2");
}

static uint64_t provoke_read(const void *address)
{
    return PROVOKE("movb (%%rcx), %%dl", "c"(address));
}

static uint64_t provoke_write(void *address)
{
    return PROVOKE("movb $1, (%%rcx)", "c"(address));
}

static uint64_t provoke_page_fault(void)
{
    return provoke_read(NULL);
}

static void print_result(const char *name, uint64_t result)
{
    if (result == NO_TRAP)
        printf("%s: no trap\n", name);
    else
        printf("%s: survived vector %" PRIu32 " (%s), error code 0x%" PRIx32 "\n", name, (uint32_t)result,
               xg_trap_name((uint32_t)result), (uint32_t)(result >> 32));
}

void command_trap(int argc, char **argv)
{
    static const struct {
        const char *name;
        uint64_t (*provoke)(void);
    } traps[] = {
        {"divide", provoke_divide},
        {"breakpoint", provoke_breakpoint},
        {"opcode", provoke_opcode},
        {"pagefault", provoke_page_fault},
    };
    bool found = false;

    for (unsigned int i = 0; i < sizeof(traps) / sizeof(traps[0]); i++) {
        if (argc < 2 || strcmp(argv[1], traps[i].name) == 0) {
            print_result(traps[i].name, traps[i].provoke());
            found = true;
        }
    }
    if (!found)
        printf("trap %s: unknown; try help\n", argv[1]);
}

static void try_access(const char *name, void *address)
{
    char text[40];

    snprintf(text, sizeof(text), "%s, read", name);
    print_result(text, provoke_read(address));
    snprintf(text, sizeof(text), "%s, write", name);
    print_result(text, provoke_write(address));
}

void command_protect(int argc, char **argv)
{
    struct page_counts before, after;
    void *address = address_space_reserve(1);

    page_count(&before);
    if (!address || address_space_map_new(address, 1)) {
        printf("no memory\n");
        return;
    }
    try_access("writable", address);
    if (address_space_protect(address, 1, XG_PTE_READONLY))
        printf("protect: refused\n");
    try_access("read-only", address);
    if (address_space_protect(address, 1, XG_PTE_DATA))
        printf("protect: refused\n");
    try_access("writable again", address);
    address_space_unmap_free(address, 1);
    try_access("unmapped", address);
    address_space_release(address, 1);
    page_count(&after);
    printf("pages lost: %" PRId64 "\n", (int64_t)(before.free - after.free));
}
