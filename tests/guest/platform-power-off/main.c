/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * enter_acpi_sleep with S5 switches the machine off.
 *
 * platform.h: val_a and val_b are the values for the PM1 control registers, sleep type in bits 10 to 12 and,
 * as Linux gives them, SLP_EN in bit 13. The type is that of the DSDT's _S5_ package, 0 on this machine. The
 * verdict is printed before: when the machine goes off nobody is left to do so, and when it does not, the
 * call's answer is a FAILURE, or the test does not end..
 *
 * What goes wrong: the sleep is enabled before the type is written; another CPU halts in SMM and the machine
 * stays on.
 */
#include "guest.h"
#include "platform.h"

#include <xen/platform.h>

const char test_title[] = "power-off by ACPI S5";

#define SLEEP_ENABLE  (1u << 13)
#define SCI_ENABLE    1u
#define SLEEP_TYPE_S5 0u

static struct xen_platform_op op;

void test_main(void)
{
    op.u.enter_acpi_sleep.sleep_state = 5;
    op.u.enter_acpi_sleep.val_a = SLEEP_TYPE_S5 << 10 | SLEEP_ENABLE | SCI_ENABLE;
    printk("Test result: SUCCESS\n");
    test_failure("the machine is still on: %ld", hypercall_platform_op(&op, XENPF_enter_acpi_sleep));
}
