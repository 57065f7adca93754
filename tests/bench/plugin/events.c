/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A plugin of QEMU's that counts what an instruction count does not tell: loads of CR3, flushes of the TLB,
 * and interrupts sent to CPUs. It sees every instruction when it is translated, adds an inline counter to
 * those that matter, and writes the counts since the last mark (MARK of lib/bench.h) whenever a mark is
 * executed. Works on any hypervisor, since it looks at the processor alone.
 *
 * The functions declared here are those of QEMU's plugin interface, version 1 (QEMU's documentation, "QEMU
 * TCG Plugins").
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

typedef uint64_t qemu_plugin_id_t;
struct qemu_plugin_tb;
struct qemu_plugin_insn;
typedef void (*tb_translated_fn)(qemu_plugin_id_t id, struct qemu_plugin_tb *tb);
typedef void (*executed_fn)(unsigned int vcpu, void *arg);
typedef void (*access_fn)(unsigned int vcpu, uint32_t info, uint64_t address, void *arg);

enum { NO_REGISTERS = 0, ADD_U64 = 0, WRITES = 2 };

void qemu_plugin_register_vcpu_tb_trans_cb(qemu_plugin_id_t id, tb_translated_fn function);
size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *tb);
struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *tb, size_t index);
const void *qemu_plugin_insn_data(const struct qemu_plugin_insn *insn);
size_t qemu_plugin_insn_size(const struct qemu_plugin_insn *insn);
void qemu_plugin_register_vcpu_insn_exec_cb(struct qemu_plugin_insn *insn, executed_fn function, int flags,
                                            void *arg);
void qemu_plugin_register_vcpu_insn_exec_inline(struct qemu_plugin_insn *insn, int op, void *counter,
                                                uint64_t add);
void qemu_plugin_outs(const char *text);

extern int qemu_plugin_version __attribute__((visibility("default")));
int qemu_plugin_version = 1;
__attribute__((visibility("default"))) int qemu_plugin_install(qemu_plugin_id_t id, const void *info,
                                                               int argc, char **argv);

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

static bool is_mark(const uint8_t *code, size_t size)
{
    static const uint8_t bytes[] = {0x0f, 0x1f, 0x80, 'M', 'A', 'R', 'K'};

    return size == sizeof(bytes) && memcmp(code, bytes, sizeof(bytes)) == 0;
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
        const uint8_t *code = qemu_plugin_insn_data(insn);
        size_t size = qemu_plugin_insn_size(insn);
        uint64_t *counter = counter_of(code, size);

        if (counter)
            qemu_plugin_register_vcpu_insn_exec_inline(insn, ADD_U64, counter, 1);
        else if (is_mark(code, size))
            qemu_plugin_register_vcpu_insn_exec_cb(insn, mark, NO_REGISTERS, NULL);
    }
}

int qemu_plugin_install(qemu_plugin_id_t id, const void *info, int argc, char **argv)
{
    qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
    return 0;
}
