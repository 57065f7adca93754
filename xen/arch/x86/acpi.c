/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reads ACPI's tables: finds the root, checks each table's sum, keeps what struct acpi_info names. No
 * interpreter: the one thing of the DSDT that we need, the \_S5 package, is found by its name. (ACPI
 * Specification 6.4, 5.2, 20.2.)
 */
#include <xen/log.h>
#include <xen/string.h>
#include <asm/arch.h>
#include <asm/acpi.h>
#include <asm/mm_boot.h>

#define BIOS_START 0xe0000ul
#define BIOS_END   0x100000ul
#define EBDA_WORD  0x40eul

struct rsdp {
    char signature[8];
    uint8_t checksum;
    char oem[6];
    uint8_t revision;
    uint32_t rsdt;
    uint32_t length;
    uint64_t xsdt;
    uint8_t extended_checksum, reserved[3];
} __packed;
BUILD_BUG_ON(sizeof(struct rsdp) != BOOT_RSDP_SIZE);

struct table {
    char signature[4];
    uint32_t length;
    uint8_t revision, checksum;
    char oem[6], oem_table[8];
    uint32_t oem_revision, creator, creator_revision;
} __packed;

struct address {
    uint8_t space, bits, offset, access;
    uint64_t address;
} __packed;

struct madt {
    struct table header;
    uint32_t local_apic, flags;
    uint8_t entries[];
} __packed;

enum { MADT_LAPIC, MADT_IOAPIC, MADT_OVERRIDE, MADT_X2APIC = 9 };
struct madt_entry {
    uint8_t type, length;
    union {
        struct {
            uint8_t processor, id;
            uint32_t flags;
        } __packed lapic;
        struct {
            uint8_t id, reserved;
            uint32_t address, gsi_base;
        } __packed ioapic;
        struct {
            uint8_t bus, irq;
            uint32_t gsi;
            uint16_t flags;
        } __packed override;
        struct {
            uint16_t reserved;
            uint32_t id, flags, processor;
        } __packed x2apic;
    };
} __packed;
#define MADT_ENABLED 1u

struct fadt {
    struct table header;
    uint32_t facs, dsdt;
    uint8_t reserved0, profile;
    uint16_t sci;
    uint32_t smi_command;
    uint8_t acpi_enable, acpi_disable, s4bios, pstate;
    uint32_t pm1a_event, pm1b_event, pm1a_control, pm1b_control, pm2_control, pm_timer, gpe0, gpe1;
    uint8_t pm1_event_length, pm1_control_length, pm2_length, pm_timer_length;
    uint8_t gpe0_length, gpe1_length, gpe1_base, cst;
    uint16_t c2_latency, c3_latency, flush_size, flush_stride;
    uint8_t duty_offset, duty_width, day_alarm, month_alarm, century;
    uint16_t boot_flags;
    uint8_t reserved1;
    uint32_t flags;
    struct address reset;
    uint8_t reset_value;
    uint16_t arm_flags;
    uint8_t minor;
    uint64_t x_facs, x_dsdt;
} __packed;
#define FADT_TIMER_32BIT (1u << 8)
#define FADT_RESET       (1u << 10)

struct hpet_table {
    struct table header;
    uint32_t id;
    struct address address;
} __packed;

struct mcfg {
    struct table header;
    uint64_t reserved;
    struct {
        uint64_t address;
        uint16_t segment;
        uint8_t start_bus, end_bus;
        uint32_t reserved;
    } __packed first;
} __packed;

struct acpi_info acpi;

static uint8_t __init sum(const void *p, size_t n)
{
    uint8_t total = 0;

    for (size_t i = 0; i < n; i++)
        total += ((const uint8_t *)p)[i];
    return total;
}

static const struct rsdp *__init scan_for_rsdp(paddr_t start, paddr_t end)
{
    for (; start + 20 <= end; start += 16) {
        const struct rsdp *r = arch_direct_map(start);

        if (!memcmp(r->signature, "RSD PTR ", 8) && !sum(r, 20))
            return r;
    }
    return NULL;
}

static const struct rsdp *__init find_rsdp(const struct boot_info *info)
{
    paddr_t ebda = (paddr_t) * (const uint16_t *)arch_direct_map(EBDA_WORD) << 4;
    const struct rsdp *r = NULL;

    if (info->has_rsdp)
        return (const struct rsdp *)info->rsdp;
    if (ebda >= 0x400 && ebda < 0xa0000)
        r = scan_for_rsdp(ebda, ebda + 1024);
    if (!r)
        r = scan_for_rsdp(BIOS_START, BIOS_END);
    return r;
}

/* The whole table, or NULL when its sum is wrong: such a table is not there. */
static const struct table *__init map_table(paddr_t at)
{
    const struct table *t;

    if (!at)
        return NULL;
    t = map_firmware(at, sizeof(*t));
    if ((at & (PAGE_SIZE - 1)) + t->length > PAGE_SIZE)
        t = map_firmware(at, t->length);
    if (t->length < sizeof(*t) || sum(t, t->length)) {
        log_warning("ACPI: the table at %#lx has a wrong sum; left out\n", at);
        return NULL;
    }
    return t;
}

static void __init isa_irqs_default(void)
{
    for (unsigned int irq = 0; irq < ACPI_ISA_IRQS; irq++)
        acpi.isa_irq[irq].gsi = irq;
}

static unsigned int nr_cpus_left_out;

static void __init add_cpu(uint32_t id, uint32_t processor, uint32_t flags)
{
    if (!(flags & MADT_ENABLED))
        return;
    if (acpi.nr_cpus == MAX_CPUS) {
        nr_cpus_left_out++;
        return;
    }
    acpi.processor_id[acpi.nr_cpus] = processor;
    acpi.apic_id[acpi.nr_cpus++] = id;
}

static void __init add_override(const struct madt_entry *e)
{
    struct acpi_isa_irq *irq;

    if (e->override.irq >= ACPI_ISA_IRQS)
        return;
    irq = &acpi.isa_irq[e->override.irq];
    irq->gsi = e->override.gsi;
    irq->active_low = (e->override.flags & 3) == 3;
    irq->level = (e->override.flags >> 2 & 3) == 3;
}

static void __init read_madt_entry(const struct madt_entry *e)
{
    switch (e->type) {
    case MADT_LAPIC:
        add_cpu(e->lapic.id, e->lapic.processor, e->lapic.flags);
        break;
    case MADT_X2APIC:
        add_cpu(e->x2apic.id, e->x2apic.processor, e->x2apic.flags);
        break;
    case MADT_IOAPIC:
        if (acpi.nr_ioapics < ACPI_MAX_IOAPICS)
            acpi.ioapic[acpi.nr_ioapics++] = (struct acpi_ioapic){e->ioapic.address, e->ioapic.gsi_base};
        break;
    case MADT_OVERRIDE:
        add_override(e);
        break;
    }
}

static void __init read_madt(const struct table *t)
{
    const struct madt *madt = (const struct madt *)t;

    for (uint32_t at = sizeof(*madt); at + 2 <= t->length;) {
        const struct madt_entry *e = (const void *)((const char *)t + at);

        if (e->length < 2 || e->length > t->length - at)
            break;
        read_madt_entry(e);
        at += e->length;
    }
}

/* A package length takes 1 to 4 bytes; its top two bits say how many follow (20.2.4). */
static const uint8_t *__init skip_package_length(const uint8_t *p)
{
    return p + 1 + (*p >> 6);
}

/* A small integer: the constants Zero and One, or a byte after its prefix. */
static const uint8_t *__init read_integer(const uint8_t *p, uint8_t *value)
{
    if (*p == 0x0a)
        p++;
    *value = *p;
    return p + 1;
}

/* Name (\_S5_, Package {a, b, …}): the sleep types to write for power-off. */
static void __init read_s5(const struct table *dsdt)
{
    const uint8_t *p = (const uint8_t *)(dsdt + 1), *end = (const uint8_t *)dsdt + dsdt->length;

    for (; p + 16 < end; p++) {
        if (memcmp(p, "_S5_", 4) || p[4] != 0x12)
            continue;
        if (p[-1] != 0x08 && !(p[-1] == '\\' && p[-2] == 0x08))
            continue;
        p = skip_package_length(p + 5) + 1;
        p = read_integer(p, &acpi.s5_type_a);
        read_integer(p, &acpi.s5_type_b);
        acpi.has_s5 = true;
        return;
    }
}

/* Fields that an older, shorter table lacks count as 0. */
static void __init read_fadt(const struct table *t)
{
    struct fadt f;
    const struct table *dsdt;

    memset(&f, 0, sizeof(f));
    memcpy(&f, t, min((size_t)t->length, sizeof(f)));
    acpi.smi_command = (uint16_t)f.smi_command;
    acpi.acpi_enable = f.acpi_enable;
    acpi.pm1a_control = (uint16_t)f.pm1a_control;
    acpi.pm1b_control = (uint16_t)f.pm1b_control;
    acpi.pm_timer = f.pm_timer_length == 4 ? (uint16_t)f.pm_timer : 0;
    acpi.pm_timer_32bit = f.flags & FADT_TIMER_32BIT;
    acpi.century_register = f.century;
    acpi.has_reset = (f.flags & FADT_RESET) && f.reset.address;
    acpi.reset_space = f.reset.space;
    acpi.reset_address = f.reset.address;
    acpi.reset_value = f.reset_value;
    dsdt = map_table(f.x_dsdt ? f.x_dsdt : f.dsdt);
    if (dsdt)
        read_s5(dsdt);
}

static void __init read_mcfg(const struct table *t)
{
    const struct mcfg *m = (const struct mcfg *)t;

    if (t->length >= sizeof(*m) && m->first.start_bus <= m->first.end_bus)
        acpi.mmcfg =
            (struct acpi_mmcfg){m->first.address, m->first.segment, m->first.start_bus, m->first.end_bus};
}

static void __init read_table(const struct table *t)
{
    if (!memcmp(t->signature, "APIC", 4))
        read_madt(t);
    else if (!memcmp(t->signature, "FACP", 4))
        read_fadt(t);
    else if (!memcmp(t->signature, "HPET", 4) && t->length >= sizeof(struct hpet_table))
        acpi.hpet = ((const struct hpet_table *)t)->address.address;
    else if (!memcmp(t->signature, "MCFG", 4))
        read_mcfg(t);
}

static void __init read_root(const struct rsdp *rsdp)
{
    bool wide = rsdp->revision >= 2 && rsdp->xsdt;
    unsigned int entry_size = wide ? 8 : 4;
    const struct table *root = map_table(wide ? rsdp->xsdt : rsdp->rsdt);

    for (uint32_t at = sizeof(*root); root && at + entry_size <= root->length; at += entry_size) {
        uint64_t address = 0;
        const struct table *t;

        memcpy(&address, (const char *)root + at, entry_size);
        t = map_table(address);
        if (t)
            read_table(t);
    }
    acpi.present = root;
}

void __init acpi_init(const struct boot_info *info)
{
    const struct rsdp *rsdp = find_rsdp(info);

    isa_irqs_default();
    if (rsdp)
        read_root(rsdp);
    if (!acpi.present)
        log_warning("ACPI: no tables found; one CPU, no power-off\n");
    else
        log_debug("ACPI: %u CPUs, %u IO-APICs, HPET %#lx, PM timer %#x, S5 %s\n", acpi.nr_cpus,
                  acpi.nr_ioapics, acpi.hpet, acpi.pm_timer, acpi.has_s5 ? "found" : "absent");
    if (nr_cpus_left_out)
        log_warning("ACPI: %u CPUs are left out: no more than %u are used\n", nr_cpus_left_out, MAX_CPUS);
}
