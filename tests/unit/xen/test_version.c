/* SPDX-License-Identifier: BSD-2-Clause */
/* HYPERVISOR_xen_version and HYPERVISOR_vm_assist. */
#include "suites.h"
#include <fake/fake.h>
#include <public/version.h>
#include <xen/hypercall.h>
#include <xen/param.h>
#include <xen/string.h>

static struct domain *d, *d0;

static void boot(void)
{
    params_parse("noreboot loglvl=all");
    fake_boot(1, 4096);
    d0 = fake_domain(0, 1, 16);
    d = fake_domain(1, 1, 16);
    fake_as(d->vcpu[0]);
}

START_TEST(it_is_4_17)
{
    boot();
    ck_assert_int_eq(do_xen_version(XENVER_version, 0), 4 << 16 | 17);
    ck_assert_int_eq(do_xen_version(XENVER_pagesize, 0), 4096);
    ck_assert_int_eq(do_xen_version(XENVER_pagesize, 1), -XEN_EINVAL);
    ck_assert_int_eq(do_xen_version(99, 0), -XEN_ENOSYS);
}
END_TEST

START_TEST(texts_fill_their_whole_array)
{
    xen_extraversion_t extra;
    xen_capabilities_info_t capabilities;
    struct xen_compile_info info;
    xen_changeset_info_t changeset;

    boot();
    memset(extra, 'x', sizeof(extra));
    ck_assert_int_eq(do_xen_version(XENVER_extraversion, VA(extra)), 0);
    ck_assert_str_eq(extra, ".0-xenport");
    ck_assert_int_eq(extra[sizeof(extra) - 1], 0);
    ck_assert_int_eq(do_xen_version(XENVER_capabilities, VA(capabilities)), 0);
    ck_assert_str_eq(capabilities, "xen-3.0-x86_64 ");
    ck_assert_int_eq(do_xen_version(XENVER_compile_info, VA(&info)), 0);
    ck_assert_uint_lt(strnlen(info.compiler, sizeof(info.compiler)), sizeof(info.compiler));
    ck_assert_int_eq(do_xen_version(XENVER_changeset, VA(changeset)), 0);
    ck_assert_int_eq(do_xen_version(XENVER_extraversion, 0x10), -XEN_EFAULT);
    ck_assert_int_eq(do_xen_version(XENVER_capabilities, 0xffff800000000000), -XEN_EFAULT);
}
END_TEST

START_TEST(features)
{
    struct xen_feature_info f = {.submap_idx = 0};

    boot();
    ck_assert_int_eq(do_xen_version(XENVER_get_features, VA(&f)), 0);
    ck_assert_uint_eq(f.submap, 1u << 5 | 1u << 6 | 1u << 7 | 1u << 13 | 1u << 17);
    ck_assert_int_eq(do_vm_assist(VMASST_CMD_enable, VMASST_TYPE_pae_extended_cr3), 0);
    ck_assert_int_eq(do_xen_version(XENVER_get_features, VA(&f)), 0);
    ck_assert_uint_eq(f.submap & 1u << 4, 1u << 4);
    fake_as(d0->vcpu[0]);
    ck_assert_int_eq(do_xen_version(XENVER_get_features, VA(&f)), 0);
    ck_assert_uint_eq(f.submap & 1u << 11, 1u << 11);
    f.submap_idx = 1;
    ck_assert_int_eq(do_xen_version(XENVER_get_features, VA(&f)), -XEN_EINVAL);
    ck_assert_int_eq(do_xen_version(XENVER_get_features, 0x10), -XEN_EFAULT);
}
END_TEST

START_TEST(what_only_domain_0_may_know)
{
    xen_commandline_t line;
    struct xen_platform_parameters p;
    xen_domain_handle_t handle;

    boot();
    ck_assert_int_eq(do_xen_version(XENVER_commandline, VA(line)), 0);
    ck_assert_str_eq(line, "<denied>");
    ck_assert_int_eq(do_xen_version(XENVER_build_id, 0), -XEN_EPERM);
    ck_assert_int_eq(do_xen_version(XENVER_platform_parameters, VA(&p)), 0);
    ck_assert_uint_eq(p.virt_start, 0xffff800000000000);
    d->handle[3] = 7;
    ck_assert_int_eq(do_xen_version(XENVER_guest_handle, VA(handle)), 0);
    ck_assert_uint_eq(handle[3], 7);
    fake_as(d0->vcpu[0]);
    ck_assert_int_eq(do_xen_version(XENVER_commandline, VA(line)), 0);
    ck_assert_str_eq(line, "noreboot loglvl=all");
    ck_assert_int_eq(do_xen_version(XENVER_build_id, 0), -XEN_ENODATA);
}
END_TEST

START_TEST(assists)
{
    boot();
    for (unsigned int type = 0; type < 6; type++)
        ck_assert_int_eq(do_vm_assist(VMASST_CMD_enable, type), 0);
    ck_assert_int_eq(do_vm_assist(VMASST_CMD_enable, VMASST_TYPE_m2p_strict), 0);
    ck_assert_uint_eq(d->vm_assist, 0x10000003f);
    ck_assert_int_eq(do_vm_assist(VMASST_CMD_disable, 2), 0);
    ck_assert_uint_eq(d->vm_assist, 0x10000003b);
    ck_assert_int_eq(do_vm_assist(VMASST_CMD_enable, 6), -XEN_EINVAL);
    ck_assert_int_eq(do_vm_assist(VMASST_CMD_enable, 64), -XEN_EINVAL);
    ck_assert_int_eq(do_vm_assist(2, 0), -XEN_ENOSYS);
}
END_TEST

TCase *version_tests(void)
{
    TCase *t = tcase_create("version");

    tcase_add_test(t, it_is_4_17);
    tcase_add_test(t, texts_fill_their_whole_array);
    tcase_add_test(t, features);
    tcase_add_test(t, what_only_domain_0_may_know);
    tcase_add_test(t, assists);
    return t;
}
