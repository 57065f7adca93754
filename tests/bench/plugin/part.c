/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A plugin of QEMU's that counts the hypervisor's own instructions: those at addresses of its hole, which no
 * PV guest executes at. Whenever a mark (MARK of lib/bench.h) is executed it writes how many there were since
 * the last one. Works on any hypervisor with that layout.
 */
#include "plugin.h"

/* HYPERVISOR_VIRT_START to HYPERVISOR_VIRT_END of public/arch-x86/xen-x86_64.h. */
#define HOLE_START 0xffff800000000000ul
#define HOLE_END   0xffff880000000000ul

static uint64_t hypervisor;

static void mark(unsigned int vcpu, void *arg)
{
    char line[64];

    snprintf(line, sizeof(line), "mark %llu\n", (unsigned long long)hypervisor);
    qemu_plugin_outs(line);
    hypervisor = 0;
}

static void translated(qemu_plugin_id_t id, struct qemu_plugin_tb *tb)
{
    size_t nr = qemu_plugin_tb_n_insns(tb);

    for (size_t i = 0; i < nr; i++) {
        struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(tb, i);
        uint64_t va = qemu_plugin_insn_vaddr(insn);

        if (va >= HOLE_START && va < HOLE_END)
            qemu_plugin_register_vcpu_insn_exec_inline(insn, ADD_U64, &hypervisor, 1);
        else if (is_mark(insn))
            qemu_plugin_register_vcpu_insn_exec_cb(insn, mark, NO_REGISTERS, NULL);
    }
}

int qemu_plugin_install(qemu_plugin_id_t id, const void *info, int argc, char **argv)
{
    qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
    return 0;
}
