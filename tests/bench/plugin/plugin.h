/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the plugins use of QEMU's plugin interface, version 1 (QEMU's documentation, "QEMU TCG Plugins"), and
 * the mark by which they know where a count ends.
 */
#ifndef BENCH_PLUGIN_H
#define BENCH_PLUGIN_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

typedef uint64_t qemu_plugin_id_t;
struct qemu_plugin_tb;
struct qemu_plugin_insn;
typedef void (*tb_translated_fn)(qemu_plugin_id_t id, struct qemu_plugin_tb *tb);
typedef void (*executed_fn)(unsigned int vcpu, void *arg);

enum { NO_REGISTERS = 0, ADD_U64 = 0 };

void qemu_plugin_register_vcpu_tb_trans_cb(qemu_plugin_id_t id, tb_translated_fn function);
size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *tb);
struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *tb, size_t index);
const void *qemu_plugin_insn_data(const struct qemu_plugin_insn *insn);
size_t qemu_plugin_insn_size(const struct qemu_plugin_insn *insn);
uint64_t qemu_plugin_insn_vaddr(const struct qemu_plugin_insn *insn);
void qemu_plugin_register_vcpu_insn_exec_cb(struct qemu_plugin_insn *insn, executed_fn function, int flags,
                                            void *arg);
void qemu_plugin_register_vcpu_insn_exec_inline(struct qemu_plugin_insn *insn, int op, void *counter,
                                                uint64_t add);
void qemu_plugin_outs(const char *text);

#define EXPORTED __attribute__((visibility("default")))
extern int qemu_plugin_version EXPORTED;
EXPORTED int qemu_plugin_install(qemu_plugin_id_t id, const void *info, int argc, char **argv);

/* A plugin is one file: what QEMU asks for first is there once in each. */
int qemu_plugin_version = 1;

/* The instruction that a measured guest executes where a count ends: MARK of lib/bench.h. */
static inline bool is_mark(const struct qemu_plugin_insn *insn)
{
    static const uint8_t bytes[] = {0x0f, 0x1f, 0x80, 'M', 'A', 'R', 'K'};

    return qemu_plugin_insn_size(insn) == sizeof(bytes) &&
           memcmp(qemu_plugin_insn_data(insn), bytes, sizeof(bytes)) == 0;
}

#endif
