/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * xen_version answers 4.17 and each of its texts in its documented shape.
 *
 * version.h: sub-operation 0 answers major in the high half, minor in the low half; 7 the page size; the
 * others fill a structure. The capabilities text lists "xen-3.0-x86_64 " (each word followed by a blank);
 * platform parameters give the start of the hypervisor's hole; get_features knows submap 0 only; an unknown
 * sub-operation is -ENOSYS. Text fields are terminated within their size.
 *
 * What goes wrong: toolstacks call all of these before every command and stop at the first that fails; the
 * extra version is appended to "4.17" by readers, so it begins with a dot. The changeset may be empty:
 * Debian's is.
 */
#include "guest.h"

#include <xen/version.h>

const char test_title[] = "xen_version: each sub-operation";

static bool terminated(const char *text, size_t size)
{
    while (size--) {
        if (!*text++) {
            return true;
        }
    }
    return false;
}

void test_main(void)
{
    static xen_extraversion_t extra;
    static xen_capabilities_info_t capabilities;
    static xen_changeset_info_t changeset;
    static struct xen_compile_info compile;
    static xen_commandline_t line;
    static xen_domain_handle_t handle;
    static const xen_domain_handle_t no_handle;
    struct xen_platform_parameters platform = {0};

    CHECK_RC(hypercall_xen_version(XENVER_version, NULL), 4 << 16 | 17);
    CHECK_RC(hypercall_xen_version(XENVER_pagesize, NULL), PAGE_SIZE);

    CHECK_RC(hypercall_xen_version(XENVER_extraversion, &extra), 0);
    CHECK(terminated(extra, sizeof(extra)));
    CHECK_EQUAL(extra[0], '.');

    CHECK_RC(hypercall_xen_version(XENVER_capabilities, &capabilities), 0);
    CHECK(terminated(capabilities, sizeof(capabilities)));
    CHECK(strstr(capabilities, "xen-3.0-x86_64 ") != NULL);

    CHECK_RC(hypercall_xen_version(XENVER_changeset, &changeset), 0);
    CHECK(terminated(changeset, sizeof(changeset)));

    CHECK_RC(hypercall_xen_version(XENVER_compile_info, &compile), 0);
    CHECK(terminated(compile.compiler, sizeof(compile.compiler)) && compile.compiler[0] != '\0');
    CHECK(terminated(compile.compile_by, sizeof(compile.compile_by)));
    CHECK(terminated(compile.compile_domain, sizeof(compile.compile_domain)));
    CHECK(terminated(compile.compile_date, sizeof(compile.compile_date)) && compile.compile_date[0] != '\0');

    CHECK_RC(hypercall_xen_version(XENVER_platform_parameters, &platform), 0);
    CHECK_EQUAL(platform.virt_start, HYPERVISOR_VIRT_START);

    CHECK_RC(hypercall_xen_version(XENVER_guest_handle, &handle), 0);
    CHECK(memcmp(handle, no_handle, sizeof(handle)) == 0);

    CHECK_RC(hypercall_xen_version(XENVER_commandline, &line), 0);
    CHECK(terminated(line, sizeof(line)));
    CHECK(strstr(line, "console=com1") != NULL && strstr(line, "dom0_mem=256M") != NULL);

    CHECK_RC(hypercall_xen_version(XENVER_extraversion, NULL), -XEN_EFAULT);
    CHECK_RC(hypercall_xen_version(11, &line), -XEN_ENOSYS);
    CHECK_RC(hypercall_xen_version(~0u, &line), -XEN_ENOSYS);
    test_success();
}
