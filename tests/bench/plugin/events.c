/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A plugin of QEMU's that counts what an instruction count does not tell: loads of CR3, flushes of the TLB,
 * and interrupts sent to CPUs. It sees every instruction when it is translated, adds an inline counter to
 * those that matter, and writes the counts since the last mark (MARK of lib/bench.h) whenever a mark is
 * executed. Works on any hypervisor, since it looks at the processor alone.
 */
#include "plugin.h"

static struct {
    uint64_t cr3_loads, cr4_writes, page_flushes, invpcids;
} count;

static void mark(unsigned int vcpu, void *arg)
{
    char line[128];

    snprintf(line, sizeof(line), "mark %llu %llu %llu\n", (unsigned long long)count.cr3_loads,
             (unsigned long long)(count.cr4_writes / 2 + count.invpcids),
             (unsigned long long)count.page_flushes);
    qemu_plugin_outs(line);
    memset(&count, 0, sizeof(count));
}

/* The counter of an instruction, or NULL: after prefixes, MOV to CR3 or CR4, INVLPG of memory, INVPCID. */
static uint64_t *counter_of(const uint8_t *code, size_t size)
{
    bool operand_size = false;
    unsigned int reg;

    while (size > 3 && (*code == 0x66 || (*code & 0xf0) == 0x40)) {
        operand_size |= *code == 0x66;
        code++;
        size--;
    }
    if (size < 3 || code[0] != 0x0f)
        return NULL;
    reg = code[2] >> 3 & 7;
    if (code[1] == 0x22 && reg == 3)
        return &count.cr3_loads;
    if (code[1] == 0x22 && reg == 4)
        return &count.cr4_writes;
    if (code[1] == 0x01 && reg == 7 && code[2] < 0xc0)
        return &count.page_flushes;
    if (code[1] == 0x38 && code[2] == 0x82 && operand_size)
        return &count.invpcids;
    return NULL;
}

static void translated(qemu_plugin_id_t id, struct qemu_plugin_tb *tb)
{
    size_t nr = qemu_plugin_tb_n_insns(tb);

    for (size_t i = 0; i < nr; i++) {
        struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(tb, i);
        uint64_t *counter = counter_of(qemu_plugin_insn_data(insn), qemu_plugin_insn_size(insn));

        if (counter)
            qemu_plugin_register_vcpu_insn_exec_inline(insn, ADD_U64, counter, 1);
        else if (is_mark(insn))
            qemu_plugin_register_vcpu_insn_exec_cb(insn, mark, NO_REGISTERS, NULL);
    }
}

int qemu_plugin_install(qemu_plugin_id_t id, const void *info, int argc, char **argv)
{
    qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
    return 0;
}
