/* SPDX-License-Identifier: BSD-2-Clause */
/* Turning the machine off and resetting it. (ACPI Specification 6.4, 4.8.3.2.1, 4.8.3.6.) */
#include <xen/arch.h>
#include <xen/log.h>
#include <xen/param.h>
#include <xen/string.h>
#include <asm/acpi.h>
#include <asm/processor.h>

#define PM1_SLEEP_TYPE(t)  ((uint16_t)((t) << 10))
#define PM1_SLEEP_TYPE_ALL PM1_SLEEP_TYPE(7)
#define PM1_SLEEP_ENABLE   (1u << 13)
#define PM1_SCI_ENABLE     1u
#define WAIT_TURNS         1000000u
#define PCI_CONFIG_ADDRESS 0xcf8
#define PCI_CONFIG_DATA    0xcfc
#define RESET_CONTROL      0xcf9
#define KEYBOARD_COMMAND   0x64
#define BIOS_RESET_FLAG    0x472ul
#define BIOS_RESET_WARM    0x1234 /* leave memory untested */

static void wait_a_little(void)
{
    for (unsigned int i = 0; i < WAIT_TURNS; i++)
        arch_cpu_relax();
}

noreturn void arch_halt(void)
{
    arch_irq_disable();
    for (;;)
        __asm__ __volatile__("hlt");
}

static void enter_acpi_mode(void)
{
    if ((inw(acpi.pm1a_control) & PM1_SCI_ENABLE) || !acpi.smi_command || !acpi.acpi_enable)
        return;
    outb(acpi.smi_command, acpi.acpi_enable);
    for (unsigned int i = 0; i < WAIT_TURNS && !(inw(acpi.pm1a_control) & PM1_SCI_ENABLE); i++)
        ;
}

static void write_sleep(uint16_t port, uint8_t type)
{
    uint16_t value;

    if (!port)
        return;
    value = (inw(port) & ~PM1_SLEEP_TYPE_ALL) | PM1_SLEEP_TYPE(type);
    outw(port, value);
    outw(port, value | PM1_SLEEP_ENABLE);
}

static noreturn void give_up(void)
{
    printk("The machine does not turn itself off: it may be turned off now.\n");
    arch_halt();
}

noreturn void power_off_with(uint8_t type_a, uint8_t type_b)
{
    arch_irq_disable();
    enter_acpi_mode();
    write_sleep(acpi.pm1a_control, type_a);
    write_sleep(acpi.pm1b_control, type_b);
    wait_a_little();
    give_up();
}

noreturn void arch_power_off(void)
{
    if (acpi.has_s5 && acpi.pm1a_control)
        power_off_with(acpi.s5_type_a, acpi.s5_type_b);
    arch_irq_disable();
    give_up();
}

static void reset_by_acpi(void)
{
    if (!acpi.has_reset)
        return;
    if (acpi.reset_space == 1) {
        outb((uint16_t)acpi.reset_address, acpi.reset_value);
    } else if (acpi.reset_space == 2) {
        /* Bits 47-32 device, 31-16 function, 15-0 offset, on bus 0. */
        uint32_t device = acpi.reset_address >> 32 & 31, function = acpi.reset_address >> 16 & 7,
                 offset = acpi.reset_address & 0xff;

        outl(PCI_CONFIG_ADDRESS, 1u << 31 | device << 11 | function << 8 | (offset & ~3u));
        outb((uint16_t)(PCI_CONFIG_DATA + (offset & 3)), acpi.reset_value);
    }
}

static void reset_by_keyboard(void)
{
    for (unsigned int i = 0; i < WAIT_TURNS / 100 && (inb(KEYBOARD_COMMAND) & 2); i++)
        ;
    outb(KEYBOARD_COMMAND, 0xfe);
}

static void reset_by_chipset(void)
{
    outb(RESET_CONTROL, 0x02);
    outb(RESET_CONTROL, 0x06);
}

/* As if power had been off for a moment. */
static void reset_with_power(void)
{
    outb(RESET_CONTROL, 0x0a);
    outb(RESET_CONTROL, 0x0e);
}

/* No way to handle an exception: the processor shuts down and the board resets it. */
static void reset_by_triple_fault(void)
{
    struct {
        uint16_t limit;
        uint64_t base;
    } __packed none = {0, 0};

    __asm__ __volatile__("lidt %0; int3" : : "m"(none));
}

static bool opt_warm;
static void (*first_method)(void) = reset_by_acpi;
static bool never_reset;

/* Letters as stock Xen has them, with words behind them at will; more than one with commas. */
static int parse_reboot(const char *s)
{
    for (; s; s = strchr(s, ',') ? strchr(s, ',') + 1 : NULL) {
        switch (*s) {
        case 'w':
        case 'c':
            opt_warm = *s == 'w';
            break;
        case 'n':
            never_reset = true;
            break;
        case 'a':
        case 'e': /* these two are for who has EFI, or Xen below: the next best */
        case 'x':
            first_method = reset_by_acpi;
            break;
        case 'k':
            first_method = reset_by_keyboard;
            break;
        case 'p':
            first_method = reset_by_chipset;
            break;
        case 'P':
            first_method = reset_with_power;
            break;
        case 't':
            first_method = reset_by_triple_fault;
            break;
        default:
            return -XEN_EINVAL;
        }
    }
    return 0;
}
PARAM_CUSTOM("reboot", parse_reboot, "acpi, kbd, pci, Power, triple or no, and warm or cold, with commas");

noreturn void arch_reboot(void)
{
    static void (*const methods[])(void) = {reset_by_acpi, reset_by_keyboard, reset_by_chipset,
                                            reset_by_triple_fault};

    arch_irq_disable();
    if (never_reset)
        arch_halt();
    *(volatile uint16_t *)arch_direct_map(BIOS_RESET_FLAG) = opt_warm ? BIOS_RESET_WARM : 0;
    first_method();
    wait_a_little();
    for (unsigned int i = 0; i < ARRAY_SIZE(methods); i++) {
        methods[i]();
        wait_a_little();
    }
    arch_halt();
}
