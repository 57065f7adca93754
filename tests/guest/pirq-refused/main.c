/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What of physical interrupts is refused, and how.
 *
 * physdev.h and event_channel.h: numbers and GSIs that do not exist are -EINVAL, a PIRQ that stands for
 * nothing is -EPERM to bind and -EINVAL to end, a second port -EEXIST, an interrupt that the hypervisor uses
 * itself (the serial port's) -EBUSY, IRQ 0 -EPERM. A GSI is set up once, then -EEXIST, also by the hypervisor
 * for itself. IO-APIC entries: no kind of delivery beyond lowest priority, and a vector that is a PIRQ of the
 * domain. What stock Xen answers 0 to though nothing happens: entries of interrupts in use, registers that
 * are not the guest's, mapping to a number that is something else's, vectors (which are the interrupt's own
 * number).
 *
 * Not asserted: an entry beyond the IO-APIC's last, at which stock Xen 4.17 ends in a fault of its own;
 * Xenport answers -EINVAL. Nor that a GSI can be mapped again after it was unmapped: on stock Xen 4.17 the
 * domain has lost the right to it (-EPERM), on Xenport it has not.
 */
#include "guest.h"

#include "device.h"

const char test_title[] = "physical interrupts: what is refused";

#define IOAPIC   0xfec00000ul
#define SERIAL   4
#define FREE_GSI 17
#define HIGH     100000

static long apic_op(int command, unsigned long base, uint32_t reg, uint32_t *value)
{
    struct physdev_apic op = {.apic_physbase = base, .reg = reg, .value = *value};
    long rc = hypercall_physdev_op(command, &op);

    *value = op.value;
    return rc;
}

static long apic_write(uint32_t reg, uint32_t value)
{
    return apic_op(PHYSDEVOP_apic_write, IOAPIC, reg, &value);
}

static uint32_t apic_read(uint32_t reg)
{
    uint32_t value = 0;

    CHECK_RC(apic_op(PHYSDEVOP_apic_read, IOAPIC, reg, &value), 0);
    return value;
}

static long map(int type, int index, int number)
{
    struct physdev_map_pirq op = {.domid = DOMID_SELF, .type = type, .index = index, .pirq = number};

    return hypercall_physdev_op(PHYSDEVOP_map_pirq, &op);
}

static void mapping(void)
{
    struct physdev_map_pirq other = {.domid = 99, .type = MAP_PIRQ_TYPE_GSI, .index = 8, .pirq = 8};

    CHECK_RC(hypercall_physdev_op(PHYSDEVOP_map_pirq, &other), -XEN_ESRCH);
    CHECK_RC(map(MAP_PIRQ_TYPE_GSI, 24, -1), -XEN_EINVAL);
    CHECK_RC(map(MAP_PIRQ_TYPE_GSI, -1, -1), -XEN_EINVAL);
    CHECK_RC(map(MAP_PIRQ_TYPE_GSI, 8, HIGH), -XEN_EINVAL);
    CHECK_RC(map(MAP_PIRQ_TYPE_GSI, 0, 0), -XEN_EPERM);
    CHECK_RC(map(MAP_PIRQ_TYPE_UNKNOWN, 8, 8), -XEN_EINVAL);
    CHECK_RC(map(5, 8, 8), -XEN_EINVAL);
    CHECK_RC(map(MAP_PIRQ_TYPE_GSI, 8, 8), 0);
    CHECK_RC(map(MAP_PIRQ_TYPE_GSI, 8, 8), 0);
    CHECK_RC(map(MAP_PIRQ_TYPE_GSI, 8, 20), -XEN_EEXIST);
    CHECK_RC(map(MAP_PIRQ_TYPE_GSI, FREE_GSI, 8), 0);
    CHECK_RC(map(MAP_PIRQ_TYPE_MULTI_MSI, -1, -1), -XEN_EDOM);
    CHECK_RC(pirq_unmap(-1), -XEN_EINVAL);
    CHECK_RC(pirq_unmap(HIGH), -XEN_EINVAL);
    CHECK_RC(pirq_unmap(FREE_GSI), -XEN_EINVAL);
    CHECK_RC(pirq_unmap(8), 0);
    CHECK_RC(pirq_unmap(8), -XEN_EINVAL);
}

static void binding(void)
{
    struct physdev_irq_status_query query = {.irq = HIGH};
    evtchn_port_t port, other;
    int number = SERIAL;

    CHECK_RC(pirq_bind(8, &port), -XEN_EPERM);
    CHECK_RC(pirq_bind(0, &port), -XEN_EPERM);
    CHECK_RC(pirq_bind(HIGH, &port), -XEN_EINVAL);
    CHECK_RC(pirq_eoi(8), -XEN_EINVAL);
    CHECK_RC(pirq_eoi(HIGH), -XEN_EINVAL);
    CHECK_RC(hypercall_physdev_op(PHYSDEVOP_irq_status_query, &query), -XEN_EINVAL);
    CHECK_RC(pirq_map_gsi(SERIAL, &number), 0);
    CHECK_RC(pirq_bind(SERIAL, &port), -XEN_EBUSY);
    /* It stays open for the hypervisor when its number goes. */
    CHECK_EQUAL(apic_read(0x10 + 2 * SERIAL) & 0x10000, 0);
    CHECK_RC(pirq_unmap(SERIAL), 0);
    CHECK_EQUAL(apic_read(0x10 + 2 * SERIAL) & 0x10000, 0);
    CHECK_RC(map(MAP_PIRQ_TYPE_GSI, 7, 7), 0);
    CHECK_RC(pirq_bind(7, &port), 0);
    CHECK_RC(pirq_bind(7, &other), -XEN_EEXIST);
    CHECK_RC(pirq_eoi(7), 0);
    /* The number goes, the port stays. */
    CHECK_RC(pirq_unmap(7), 0);
    CHECK_RC(event_close(port), 0);
    CHECK_RC(event_close(port), -XEN_EINVAL);
}

static void setting_up(void)
{
    struct physdev_irq vector = {.irq = 77};

    CHECK_RC(pirq_setup_gsi(-1, 0, 0), -XEN_EINVAL);
    CHECK_RC(pirq_setup_gsi(24, 0, 0), -XEN_EINVAL);
    CHECK_RC(pirq_setup_gsi(0, 0, 0), -XEN_EEXIST);
    CHECK_RC(pirq_setup_gsi(SERIAL, 0, 0), -XEN_EEXIST);
    CHECK_RC(pirq_setup_gsi(FREE_GSI, 1, 1), 0);
    CHECK_RC(pirq_setup_gsi(FREE_GSI, 1, 1), -XEN_EEXIST);
    CHECK_EQUAL(apic_read(0x10 + 2 * FREE_GSI) & 0x1a000, 0x1a000);
    CHECK_RC(hypercall_physdev_op(PHYSDEVOP_alloc_irq_vector, &vector), 0);
    CHECK_EQUAL(vector.vector, 77);
    CHECK_RC(hypercall_physdev_op(PHYSDEVOP_free_irq_vector, &vector), -XEN_ENOSYS);
}

static void entries(void)
{
    uint32_t value = 0, serial = apic_read(0x10 + 2 * SERIAL);

    CHECK_RC(apic_op(PHYSDEVOP_apic_read, IOAPIC + 0x1000, 0, &value), -XEN_EINVAL);
    CHECK_RC(apic_op(PHYSDEVOP_apic_write, IOAPIC + 0x1000, 0, &value), -XEN_EINVAL);
    CHECK_EQUAL(apic_read(1) & 0xff, 0x20);
    CHECK_EQUAL(apic_read(1) >> 16, 23);
    CHECK_RC(apic_write(0, 0x0f000000), 0);
    CHECK_EQUAL(apic_read(0), 0);
    CHECK_RC(apic_write(0x10 + 2 * 6, 0x10200), -XEN_EINVAL);
    CHECK_RC(apic_write(0x10 + 2 * 6, 0x400), -XEN_EINVAL);
    CHECK_RC(apic_write(0x10 + 2 * 6, 0x700), -XEN_EINVAL);
    CHECK_RC(apic_write(0x10 + 2 * 6, 0xff), -XEN_EINVAL);
    /* Level, active low: masked until it is bound. */
    CHECK_RC(apic_write(0x10 + 2 * 6, 0xa000 | 6), 0);
    CHECK_EQUAL(apic_read(0x10 + 2 * 6) & 0x1a000, 0x1a000);
    CHECK_RC(apic_write(0x11 + 2 * 6, 0xff000000), 0);
    CHECK_RC(apic_write(0x10 + 2 * SERIAL, 0x10000), 0);
    CHECK_EQUAL(apic_read(0x10 + 2 * SERIAL), serial);
}

static void devices(void)
{
    struct physdev_pci_device device = {.devfn = 30 << 3};
    struct physdev_manage_pci_ext extended = {.devfn = 30 << 3, .is_extfn = 2};
    struct physdev_pci_mmcfg_reserved config = {
        .address = 0xb0000000, .end_bus = 255, .flags = XEN_PCI_MMCFG_RESERVED};

    CHECK_RC(hypercall_physdev_op(PHYSDEVOP_pci_device_remove, &device), -XEN_ENODEV);
    CHECK_RC(hypercall_physdev_op(PHYSDEVOP_restore_msi_ext, &device), -XEN_ENODEV);
    CHECK_RC(hypercall_physdev_op(PHYSDEVOP_prepare_msix, &device), -XEN_ENODEV);
    CHECK_RC(hypercall_physdev_op(PHYSDEVOP_manage_pci_add_ext, &extended), -XEN_EINVAL);
    CHECK_RC(hypercall_physdev_op(PHYSDEVOP_pci_mmcfg_reserved, &config), -XEN_ENODEV);
    config.flags = 2;
    CHECK_RC(hypercall_physdev_op(PHYSDEVOP_pci_mmcfg_reserved, &config), -XEN_EINVAL);
    CHECK_RC(hypercall_physdev_op(PHYSDEVOP_manage_pci_add, &device), 0);
    CHECK_RC(hypercall_physdev_op(PHYSDEVOP_manage_pci_remove, &device), 0);
    CHECK_RC(hypercall_physdev_op(PHYSDEVOP_manage_pci_remove, &device), -XEN_ENODEV);
}

static void free_numbers(void)
{
    struct physdev_get_free_pirq low = {.type = MAP_PIRQ_TYPE_GSI}, high = {.type = MAP_PIRQ_TYPE_MSI},
                                 next = high;
    evtchn_port_t port;

    CHECK_RC(hypercall_physdev_op(PHYSDEVOP_get_free_pirq, &low), 0);
    CHECK_EQUAL(low.pirq, 16);
    CHECK_RC(hypercall_physdev_op(PHYSDEVOP_get_free_pirq, &high), 0);
    CHECK(high.pirq >= 24);
    CHECK_RC(hypercall_physdev_op(PHYSDEVOP_get_free_pirq, &next), 0);
    CHECK_EQUAL(next.pirq, high.pirq - 1);
    CHECK_RC(pirq_eoi((int)high.pirq), 0);
    CHECK_RC(pirq_bind((int)high.pirq, &port), -XEN_EPERM);
    CHECK_RC(pirq_unmap((int)high.pirq), -XEN_EINVAL);
    CHECK_RC(map(MAP_PIRQ_TYPE_GSI, 18, (int)high.pirq), 0);
}

void test_main(void)
{
    device_initialise();
    mapping();
    binding();
    setting_up();
    entries();
    devices();
    free_numbers();
    CHECK_RC(hypercall_physdev_op(PHYSDEVOP_IRQ_UNMASK_NOTIFY, NULL), 0);
    CHECK_RC(hypercall_physdev_op(22, NULL), -XEN_ENOSYS);
    CHECK_RC(hypercall_physdev_op(-1, NULL), -XEN_ENOSYS);
    test_success();
}
