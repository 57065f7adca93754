/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The guest's command line is what stood behind the kernel's name in the first module's line, blanks kept.
 *
 * Multiboot hands a module over with one string; a loader puts the file's name first (GRUB may, QEMU does)
 * and the hypervisor strips it: the guest gets the rest. start_info.cmd_line is 1,024 bytes, always
 * terminated; what is longer is cut.
 *
 * What goes wrong: the name stays in front, so that a kernel's first option is lost; quotes or repeated
 * blanks are "tidied"; a long line runs into the p2m fields, which lie right behind the field.
 *
 * The file args of this folder gives: cmdline=alpha  beta="two words" gamma=--
 */
#include "guest.h"

const char test_title[] = "the command line arrives unchanged, without the kernel's name";

void test_main(void)
{
    const char *line = (const char *)start_info->cmd_line;

    printk("cmd_line is [%s]\n", line);
    CHECK(strcmp(line, "alpha  beta=\"two words\" gamma=--") == 0);
    CHECK_EQUAL(start_info->nr_p2m_frames, 0);
    test_success();
}
