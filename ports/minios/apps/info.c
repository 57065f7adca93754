/* SPDX-License-Identifier: BSD-2-Clause */
/* Commands that tell about the domain: bootinfo, date, uptime, mem. */
#include "shell.h"

#include <inttypes.h>
#include <stdio.h>
#include <time.h>

#include <minios/address_space.h>
#include <minios/boot.h>
#include <minios/clock.h>
#include <minios/heap.h>
#include <minios/page_alloc.h>
#include <xenguest/abi.h>
#include <xenguest/hypercall.h>

#define NS_PER_SECOND UINT64_C(1000000000)

static void print_hypervisor(void)
{
    xen_extraversion_t extra = "";
    xen_capabilities_info_t capabilities = "";
    long version = hypercall_xen_version(XENVER_version, NULL);

    (void)hypercall_xen_version(XENVER_extraversion, extra);
    (void)hypercall_xen_version(XENVER_capabilities, capabilities);
    printf("version: %ld.%ld\n", version >> 16, version & 0xffff);
    printf("extraversion: %.*s\n", (int)sizeof(extra), extra);
    printf("capabilities: %.*s\n", (int)sizeof(capabilities), capabilities);
}

void command_bootinfo(int argc, char **argv)
{
    print_hypervisor();
    printf("magic: %s\n", boot.abi);
    printf("flags: 0x%08" PRIx32 "\n", boot.flags);
    printf("initial_domain: %s\n", boot.initial_domain ? "yes" : "no");
    printf("privileged: %s\n", boot.privileged ? "yes" : "no");
    printf("nr_pages: %" PRIu64 "\n", boot.nr_pages);
    printf("shared_info: 0x%" PRIx64 "\n", boot.shared_info.n);
    printf("pt_base: 0x%" PRIx64 "\n", boot.page_tables);
    printf("nr_pt_frames: %" PRIu64 "\n", boot.nr_page_table_frames);
    printf("mfn_list: 0x%" PRIx64 "\n", (uint64_t)boot.p2m);
    printf("mod_start: 0x%" PRIx64 "\n", boot.module_address);
    printf("mod_len: %" PRIu64 "\n", boot.module_bytes);
    if (!boot.initial_domain)
        printf("console: mfn 0x%" PRIx64 " port %" PRIu32 "\nstore: mfn 0x%" PRIx64 " port %" PRIu32 "\n",
               boot.console_mfn.n, boot.console_port, boot.store_mfn.n, boot.store_port);
    printf("cmd_line: %s\n", boot.command_line);
}

void command_date(int argc, char **argv)
{
    time_t now = time(NULL);
    char text[64];

    strftime(text, sizeof(text), "%a %b %e %H:%M:%S UTC %Y", gmtime(&now));
    printf("%s\n", text);
}

static void print_seconds(const char *name, uint64_t ns)
{
    printf("%s: %" PRIu64 ".%03" PRIu64 " s\n", name, ns / NS_PER_SECOND, ns % NS_PER_SECOND / 1000000);
}

void command_uptime(int argc, char **argv)
{
    uint64_t now = clock_now_ns();

    print_seconds("up", now - clock_start_ns());
    print_seconds("system_time", now);
}

void command_mem(int argc, char **argv)
{
    struct page_counts pages;
    struct heap_counts heap;

    page_count(&pages);
    heap_count(&heap);
    printf("total: %" PRIu64 " pages\n", pages.total);
    printf("free: %" PRIu64 " pages\n", pages.free);
    printf("promised: %" PRIu64 " pages\n", pages.promised);
    printf("tables: %" PRIu64 " pages\n", address_space_tables());
    printf("heap: %" PRIu64 " bytes\n", heap.bytes);
    printf("heap_mapped: %" PRIu64 " pages\n", heap.mapped_pages);
    printf("heap_faults: %" PRIu64 "\n", heap.faults);
}
